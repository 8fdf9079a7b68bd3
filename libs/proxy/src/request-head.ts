import { httpToken, isFieldValue } from '@mock-server/engine';
import { hopByHopOf } from './hop-by-hop';

export interface OutgoingHead {
  readonly path: string;
  /** Name, value, name, value, …. Host is among them only when another than the backend's own was asked for. */
  readonly headers: readonly string[];
}

export type HeadOutcome =
  | { readonly ok: true; readonly head: OutgoingHead }
  | { readonly ok: false; readonly problem: 'bad-request' | 'proxy-loop'; readonly detail: string };

export interface IncomingHead {
  readonly method: string;
  /** Path and query as received. */
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: 'none' | 'bytes' | 'stream';
  readonly clientIp: string;
  readonly scheme: string;
  readonly host: string;
  readonly hostHeader?: string | undefined;
  readonly forwarding?: 'fields' | 'none' | undefined;
}

export const hopHeader = 'X-Mock-Server-Hop';
const maxHops = 10;
/** Our mark in Via, for backends that are to see no field of ours. */
const viaMark = /^1\.1 mock-server-([\w-]{1,64})$/;
/** Ours, or made anew below. `expect` was answered by our own server. */
const replaced: ReadonlySet<string> = new Set([
  'host',
  'expect',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-mock-workspace',
  'x-mock-session',
  hopHeader.toLowerCase(),
]);
const forwardedFields: ReadonlySet<string> = new Set(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']);
/** The console's cookies reach the traffic port too, for cookies ignore ports. They are no backend's business. */
const ownCookie = /^(__(?:Host-|Secure-)?mock_server_|x-mock-session=)/i;
const consoleCookieName = /mock_server_|x-mock-session/i;

/**
 * Makes the head of the request to the backend out of the one received: hop-by-hop and internal fields leave, the forwarding fields
 * grow by one hop, all else stays in order, case and number. Refuses what two parsers could read in two ways.
 */
export function makeRequestHead(incoming: IncomingHead, basePath: string, instanceId: string): HeadOutcome {
  const { method, url, rawHeaders, body, forwarding = 'fields', hostHeader } = incoming;
  if (!httpToken.test(method) || method === 'CONNECT')
    return refuse('bad-request', 'A request with this method cannot be passed on.');
  if (!/^\/[\x21-\xff]*$/.test(url))
    return refuse('bad-request', 'Only a request for a path, such as /a, can be passed on.');
  const endsHere = hopByHopOf(rawHeaders);
  if (hostHeader !== undefined && !isFieldValue(hostHeader))
    return refuse('bad-request', 'The Host that the mock asks for has a character that HTTP does not allow.');
  const headers: string[] = hostHeader === undefined ? [] : ['Host', hostHeader];
  const lists = new Map<string, string>();
  let lengths = 0;
  let isChunked = false;
  let acceptsTrailers = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const value = rawHeaders[i + 1] ?? '';
    if (!httpToken.test(name) || !isFieldValue(value))
      return refuse('bad-request', 'A header has a name or value that HTTP does not allow.');
    const lower = name.toLowerCase();
    if (lower === 'content-length') {
      if (++lengths > 1 || !/^\d{1,15}$/.test(value))
        return refuse('bad-request', 'A request has one Content-Length, and it is a number.');
      if (body === 'stream') headers.push(name, value); // of bytes the length is known, of nothing it is not needed
    } else if (lower === 'transfer-encoding') {
      isChunked = true;
    } else if (lower === 'te') {
      acceptsTrailers ||= /(^|,)\s*trailers\s*(,|$)/i.test(value);
    } else if (replaced.has(lower) && !(forwardedFields.has(lower) && forwarding === 'none')) {
      lists.set(lower, lists.has(lower) ? `${lists.get(lower)!}, ${value}` : value);
    } else if (endsHere(lower)) {
      continue;
    } else if (lower === 'cookie' && consoleCookieName.test(value)) {
      const cookies = withoutOwnCookies(value);
      if (cookies !== '') headers.push(name, cookies);
    } else {
      headers.push(name, value);
    }
  }
  if (lengths > 0 && isChunked)
    return refuse('bad-request', 'A request has either a Content-Length or a Transfer-Encoding.');
  const hops = hopsOf(lists);
  if (hops.includes(instanceId))
    return refuse(
      'proxy-loop',
      'The backend of this workspace leads back to this server. Point its backendUrl (BACKEND_URL) at the real API.',
    );
  if (hops.length >= maxHops)
    return refuse(
      'proxy-loop',
      `The request has passed ${hops.length} mock servers already; at most ${maxHops} are passed.`,
    );
  if (acceptsTrailers) headers.push('TE', 'trailers');
  const append = (name: string, value: string): void => {
    const before = endsHere(name.toLowerCase()) ? undefined : lists.get(name.toLowerCase());
    headers.push(name, before === undefined || before === '' ? value : `${before}, ${value}`);
  };
  if (forwarding === 'none') {
    append('Via', `1.1 mock-server-${instanceId}`);
  } else {
    append('X-Forwarded-For', incoming.clientIp);
    if (incoming.host !== '' && isFieldValue(incoming.host)) append('X-Forwarded-Host', incoming.host);
    append('X-Forwarded-Proto', incoming.scheme);
    append('Via', '1.1 mock-server');
    headers.push(hopHeader, [...hops, instanceId].join(', '));
  }
  return { ok: true, head: { path: `${basePath}${url}`, headers } };
}

/** The mock servers that the request has passed. */
function hopsOf(lists: ReadonlyMap<string, string>): string[] {
  const partsOf = (name: string): string[] => (lists.get(name) ?? '').split(',').map(part => part.trim());
  const marked = partsOf('via').flatMap(part => viaMark.exec(part)?.[1] ?? []);
  return [...new Set([...partsOf(hopHeader.toLowerCase()), ...marked])].filter(hop => hop !== '');
}

function withoutOwnCookies(value: string): string {
  return value
    .split(';')
    .filter(cookie => !ownCookie.test(cookie.trim()))
    .join(';')
    .trim();
}

function refuse(problem: 'bad-request' | 'proxy-loop', detail: string): HeadOutcome {
  return { ok: false, problem, detail };
}
