import { type ForwardRequest, type ForwardResult } from './forward';
import { rewriteUrl } from './head-rules';

const maxRedirects = 5;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);
/** Of one origin only (RFC 9110, 15.4). */
const credentials = /^(?:authorization|proxy-authorization|cookie)$/i;

/**
 * Goes where a redirect in answer to a GET or HEAD points to, at most five times. Each address passes the gate anew, without the trust
 * that the backend has unless it is the same origin; another origin gets neither credentials nor the workspace's own headers.
 */
export async function followRedirects(
  request: ForwardRequest,
  first: ForwardResult,
  call: (request: ForwardRequest) => Promise<ForwardResult>,
): Promise<ForwardResult> {
  let from = request;
  let result = first;
  for (let count = 0; count < maxRedirects; count++) {
    const next = result.kind === 'answered' ? nextOf(from, result.status, result.rawHeaders) : undefined;
    if (next === undefined) return result;
    if (result.kind === 'answered') result.body.destroy();
    from = next;
    result = await call(next);
  }
  return result;
}

function nextOf(from: ForwardRequest, status: number, rawHeaders: readonly string[]): ForwardRequest | undefined {
  if (!redirectStatuses.has(status) || !/^(?:GET|HEAD)$/.test(from.method)) return undefined;
  const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'location');
  const location = rawHeaders[at + 1];
  const here = new URL(`${from.backendUrl.replace(/\/$/, '')}${rewriteUrl(from.url, from.backend?.rewrite)}`);
  if (at < 0 || location === undefined || !URL.canParse(location, here)) return undefined;
  const there = new URL(location, here);
  const isSameOrigin = there.origin === here.origin;
  const { backend, hostHeader: _, ...rest } = from;
  return {
    ...rest,
    backendUrl: there.origin,
    url: `${there.pathname}${there.search}`,
    isBackendTrusted: isSameOrigin && from.isBackendTrusted !== false,
    ...(isSameOrigin && backend !== undefined && { backend: { ...backend, rewrite: undefined } }),
    rawHeaders: isSameOrigin ? from.rawHeaders : withoutCredentials(from.rawHeaders),
  };
}

function withoutCredentials(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (!credentials.test(rawHeaders[i]!)) kept.push(rawHeaders[i]!, rawHeaders[i + 1]!);
  return kept;
}
