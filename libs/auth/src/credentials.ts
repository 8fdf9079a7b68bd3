import type { IncomingHttpHeaders } from 'node:http';
import { ACCESS_COOKIE } from './session-cookies';

/** What a request offers to be known by. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'unreadable'; readonly why: string };

const NONE: Credential = { kind: 'none' };
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
/** No name of a parameter that a route of ours takes. */
const QUERY_CREDENTIALS =
  /(?:^|&)(?:access_?token|refresh_?token|id_?token|token|api_?key|jwt|authorization|password)=/i;

/**
 * `Authorization: Bearer <token>`; `Basic` with an API token as password, for old clients; else the console's cookie,
 * which opens reads only: a browser sends it along for pages of other origins too.
 */
export function readCredential(method: string, headers: IncomingHttpHeaders): Credential {
  const { authorization } = headers;
  if (authorization !== undefined) return readAuthorization(authorization);
  if (headers.cookie === undefined || !SAFE_METHODS.has(method)) return NONE;
  const token = ACCESS_COOKIE.read(headers.cookie);
  return token === undefined ? NONE : { kind: 'token', token };
}

function readAuthorization(authorization: string): Credential {
  const space = authorization.indexOf(' ');
  const scheme = authorization.slice(0, Math.max(space, 0)).toLowerCase();
  const value = authorization.slice(space + 1).trim();
  if (scheme === 'bearer') return { kind: 'token', token: value };
  if (scheme !== 'basic')
    return { kind: 'unreadable', why: 'Authorization must be Bearer <token>, or Basic with a token as password.' };
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0
    ? { kind: 'unreadable', why: 'Authorization: Basic must hold user:password in base64.' }
    : { kind: 'token', token: text.slice(colon + 1) };
}

/** A URL ends up in logs, histories and Referer headers: whoever puts a secret there is told so. */
export function hasCredentialInQuery(url: string): boolean {
  const start = url.indexOf('?');
  return start >= 0 && QUERY_CREDENTIALS.test(decodeLoosely(url.slice(start + 1)));
}

function decodeLoosely(query: string): string {
  try {
    return decodeURIComponent(query);
  } catch {
    return query;
  }
}
