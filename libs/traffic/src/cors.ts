import { headerOf } from '@mock-server/engine';
import { type Call } from './call';
import { type RequestHead } from './request-head';

const oneDaySeconds = '86400';

/** Headers that let a page of any origin read a mock's reply; credentials need the origin spelled out (Fetch standard, 3.2). */
export function corsHeaders(origin: string, replyHeaders: readonly string[]): string[] {
  if (hasHeader(replyHeaders, 'access-control-allow-origin')) return [];
  const names = new Set<string>();
  for (let i = 0; i < replyHeaders.length; i += 2) names.add(replyHeaders[i]!);
  return [
    'Access-Control-Allow-Origin',
    origin,
    'Access-Control-Allow-Credentials',
    'true',
    'Access-Control-Expose-Headers',
    [...names].join(', '),
    'Vary',
    'Origin',
  ];
}

/** The same where the workspace wants them, and the client is a page. */
export function corsOf(
  { head, workspace }: Pick<Call, 'head' | 'workspace'>,
  replyHeaders: readonly string[],
): string[] {
  return head.origin !== undefined && workspace.settings.cors ? corsHeaders(head.origin, replyHeaders) : [];
}

/** The answer to a preflight: whatever is asked is allowed, for a mock stands in for any API. */
export function preflightHeaders({ origin = '*', rawHeaders }: RequestHead): string[] {
  return [
    'Access-Control-Allow-Origin',
    origin,
    'Access-Control-Allow-Credentials',
    'true',
    'Access-Control-Allow-Methods',
    headerOf(rawHeaders, 'access-control-request-method') ?? 'GET',
    'Access-Control-Allow-Headers',
    headerOf(rawHeaders, 'access-control-request-headers') ?? '*',
    ...(headerOf(rawHeaders, 'access-control-request-private-network') === 'true'
      ? ['Access-Control-Allow-Private-Network', 'true']
      : []),
    'Access-Control-Max-Age',
    oneDaySeconds,
    'Vary',
    'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
  ];
}

function hasHeader(headers: readonly string[], lowerName: string): boolean {
  return headerOf(headers, lowerName) !== undefined;
}
