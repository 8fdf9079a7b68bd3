import { type IncomingMessage } from 'node:http';
import { type Limits } from '@mock-server/config';
import { type ProblemCode } from '@mock-server/http';
import { SESSION_COOKIE } from '@mock-server/workspaces';

/** What one pass over the headers tells the door. */
export interface RequestHead {
  readonly ok: true;
  /** Path and query without scheme, authority and the prefix of workspace and session. */
  readonly url: string;
  /** From the path prefix, else the header. */
  readonly workspace: string | undefined;
  /** From the path prefix, else the header, else the cookie; not checked yet. */
  readonly session: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Whether the client takes a reply in gzip (RFC 9110, 12.5.3). */
  readonly acceptsGzip: boolean;
  readonly isPreflight: boolean;
  readonly hasBody: boolean;
  readonly contentLength: number | undefined;
  /** The revision that the client wants to be served, as `X-Mock-Revision`. */
  readonly revision: string | undefined;
  /** Headers as matching, journal and backends see them: without the console's own cookies. */
  readonly rawHeaders: readonly string[];
}

/** Why a request is turned away at the door. */
export interface HeadProblem {
  readonly ok: false;
  readonly problem: ProblemCode;
  readonly detail: string;
}

const workspacePrefix = '/__w/';
const sessionPrefix = '/__s/';
const sessionCookie = new RegExp(`(?:^|;)\\s*${SESSION_COOKIE}="?([^;"]+)`);
/** Cookies ignore ports, so the console's reach the traffic port: they are none of a mock's business. */
export const consoleCookie = /^__(?:Host-|Secure-)?mock_server_/;

/**
 * Reads the head of a request. Refuses what Node lets through though it is ambiguous or over our limits: two Host headers, HTTP/1.0
 * with Transfer-Encoding (RFC 9112, 3.2 and 6.1), too many or too large headers, too long a URL.
 */
export function readHead(incoming: IncomingMessage, limits: Limits): RequestHead | HeadProblem {
  const { rawHeaders } = incoming;
  const target = incoming.url ?? '/';
  if (target.length > limits.maxUrlBytes)
    return refuse(
      'uri-too-long',
      `The URL has ${target.length} bytes; the limit is ${limits.maxUrlBytes} (MAX_URL_BYTES).`,
    );
  if (rawHeaders.length > limits.maxHeaders * 2)
    return refuse('headers-too-large', `More than ${limits.maxHeaders} headers (MAX_HEADERS).`);
  let hosts = 0;
  let host: string | undefined;
  let origin: string | undefined;
  let workspace: string | undefined;
  let revision: string | undefined;
  let sessionHeader: string | undefined;
  let sessionCookie: string | undefined;
  let asksMethod = false;
  let acceptsGzip = false;
  let isChunked = false;
  let contentLength: number | undefined;
  let hasConsoleCookie = false;
  let bytes = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const value = rawHeaders[i + 1]!;
    bytes += name.length + value.length + 4;
    switch (name.length) {
      case 4:
        if (name.toLowerCase() === 'host') {
          hosts++;
          host = value;
        }
        break;
      case 6:
        if (name.toLowerCase() === 'origin') origin = value;
        else if (name.toLowerCase() === 'cookie') {
          hasConsoleCookie ||= value.includes('mock_server_');
          sessionCookie ??= sessionInCookie(value);
        }
        break;
      case 14:
        if (name.toLowerCase() === 'content-length') contentLength = Number(value);
        else if (name.toLowerCase() === 'x-mock-session') sessionHeader = value;
        break;
      case 15:
        if (name.toLowerCase() === 'x-mock-revision') revision = value;
        else if (name.toLowerCase() === 'accept-encoding') acceptsGzip ||= takesGzip(value);
        break;
      case 16:
        if (name.toLowerCase() === 'x-mock-workspace') workspace = value;
        break;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') isChunked = true;
        break;
      case 29:
        if (name.toLowerCase() === 'access-control-request-method') asksMethod = true;
        break;
    }
  }
  if (bytes > limits.maxHeaderBytes)
    return refuse(
      'headers-too-large',
      `The headers have ${bytes} bytes; the limit is ${limits.maxHeaderBytes} (MAX_HEADER_BYTES).`,
    );
  if (hosts > 1) return refuse('bad-request', 'A request has one Host header.');
  if (isChunked && incoming.httpVersionMinor === 0 && incoming.httpVersionMajor === 1)
    return refuse('bad-request', 'HTTP/1.0 knows no Transfer-Encoding.');
  const path = originForm(target);
  const address = splitAddressPrefix(path);
  return {
    ok: true,
    url: address === undefined ? path : address.url,
    workspace: address === undefined ? workspace : address.slug,
    session: address?.session ?? sessionHeader ?? sessionCookie,
    host,
    origin,
    acceptsGzip,
    isPreflight: asksMethod && origin !== undefined && incoming.method === 'OPTIONS',
    hasBody: isChunked || (contentLength !== undefined && contentLength > 0),
    contentLength,
    revision,
    rawHeaders: hasConsoleCookie ? withoutConsoleCookies(rawHeaders) : rawHeaders,
  };
}

const refusedGzip = /(?:^|,)\s*gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)/i;

/** Most clients name it without a weight. A star alone is not taken for it, as by WireMock. */
function takesGzip(accepted: string): boolean {
  return /(?:^|[\s,])gzip(?:[\s,;]|$)/i.test(accepted) && !refusedGzip.test(accepted);
}

/** What stands before the path that matching sees. */
export interface AddressPrefix {
  readonly slug: string;
  readonly session: string | undefined;
  /** What follows. */
  readonly url: string;
}

/** `/__w/<slug>/rest?q` is `/rest?q` of workspace `<slug>`, `/__w/<slug>/__s/<id>/rest?q` that of session `<id>` on it. */
export function splitAddressPrefix(url: string): AddressPrefix | undefined {
  const workspace = splitPrefix(url, workspacePrefix);
  if (workspace === undefined) return undefined;
  const session = splitPrefix(workspace.url, sessionPrefix);
  return { slug: workspace.name, session: session?.name, url: session?.url ?? workspace.url };
}

function splitPrefix(url: string, prefix: string): { readonly name: string; readonly url: string } | undefined {
  if (!url.startsWith(prefix)) return undefined;
  const end = url.slice(prefix.length).search(/[/?]/);
  if (end < 0) return { name: url.slice(prefix.length), url: '/' };
  const rest = url.slice(prefix.length + end);
  return { name: url.slice(prefix.length, prefix.length + end), url: rest.startsWith('?') ? `/${rest}` : rest };
}

/** The session that a Cookie header names; the first one, as everywhere with cookies. */
export function sessionInCookie(cookies: string): string | undefined {
  return cookies.includes(SESSION_COOKIE) ? sessionCookie.exec(cookies)?.[1] : undefined;
}

/** Proxies are asked with an absolute target; matching goes by its path alone, and nothing is fetched. */
function originForm(target: string): string {
  if (target.startsWith('/') || target === '*') return target;
  const authority = target.indexOf('://');
  if (authority < 0) return target;
  const rest = target.slice(authority + 3);
  const end = rest.search(/[/?]/);
  if (end < 0) return '/';
  return rest[end] === '?' ? `/${rest.slice(end)}` : rest.slice(end);
}

function withoutConsoleCookies(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.toLowerCase() !== 'cookie') {
      kept.push(name, rawHeaders[i + 1]!);
      continue;
    }
    const cookies = rawHeaders[i + 1]!.split(';').filter(cookie => !consoleCookie.test(cookie.trim()));
    if (cookies.length > 0) kept.push(name, cookies.join(';').trim());
  }
  return kept;
}

function refuse(problem: ProblemCode, detail: string): HeadProblem {
  return { ok: false, problem, detail };
}
