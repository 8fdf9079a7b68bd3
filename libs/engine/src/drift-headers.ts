import { type Drift } from './drift';
import { mimeOf } from './content-kind';

/** How the value of a header is compared: the part of it that clients act on. Only its presence, for those not named. */
const partOf: Readonly<Record<string, (value: string) => string>> = {
  'content-type': mimeOf,
  'cache-control': value =>
    namesIn(value, /[\s,]+/)
      .map(one => one.split('=')[0]!)
      .sort()
      .join(', '),
  'www-authenticate': value => value.split(' ')[0]!.toLowerCase(),
  'content-disposition': value => value.split(';')[0]!.trim().toLowerCase(),
  allow: value =>
    namesIn(value.toUpperCase(), /[\s,]+/)
      .sort()
      .join(', '),
  'set-cookie': value => value.split('=')[0]!.trim(),
  link: value =>
    [...value.matchAll(/rel="?([^";,]+)/gi)]
      .map(found => found[1]!.toLowerCase())
      .sort()
      .join(', '),
};

/** Headers that clients act on: one that the backend sends and the mock does not is told. Others of the backend are its own affair. */
const acted =
  /^(?:content-type|location|set-cookie|www-authenticate|allow|retry-after|link|content-disposition|content-language|cache-control|deprecation|sunset|(?:x-)?rate-?limit(?:-.*)?|x-(?:total|page|per-page|next|prev|pagination|count).*)$/;
/** What says how, when and by whom it was sent, not what. */
const circumstances =
  /^(?:date|age|server|via|connection|keep-alive|transfer-encoding|content-length|content-encoding|trailer|upgrade|expires|etag|last-modified|vary|accept-ranges|alt-svc|nel|report-to|server-timing|x-powered-by|x-runtime|x-request-id|x-correlation-id|x-trace.*|traceparent|tracestate|x-served-by|x-cache.*|x-timer|x-amz.*|x-amzn.*|cf-.*|fly-.*|x-envoy.*|matched-stub-.*|access-control-.*|strict-transport-security|x-content-type-options|x-frame-options|x-xss-protection|referrer-policy|permissions-policy|content-security-policy|cross-origin-.*)$/;

/** Differences in headers, name, value, name, value, …, that matter to clients. */
export function compareHeaders(
  mock: readonly string[],
  backend: readonly string[],
  ignored: ReadonlySet<string> = new Set(),
): Drift[] {
  const [was, is] = [readHeaders(mock), readHeaders(backend)];
  const found: Drift[] = [];
  for (const [lower, { name, values }] of was) {
    if (ignored.has(lower) || circumstances.test(lower)) continue;
    const now = is.get(lower);
    if (now === undefined) {
      found.push({
        kind: 'header-removed',
        path: name,
        mock: shownPart(lower, values),
        message: 'is not sent any more',
      });
      continue;
    }
    const [before, after] = [partsOf(lower, values), partsOf(lower, now.values)];
    if (before === after) continue;
    found.push({
      kind: 'header-changed',
      path: name,
      mock: before,
      backend: after,
      message: `is ${after}, not ${before}`,
    });
  }
  for (const [lower, { name, values }] of is) {
    if (was.has(lower) || ignored.has(lower) || !acted.test(lower)) continue;
    found.push({ kind: 'header-added', path: name, backend: shownPart(lower, values), message: 'is new' });
  }
  return found;
}

interface Header {
  readonly name: string;
  readonly values: readonly string[];
}

/** By lower-case name. */
export function readHeaders(raw: readonly string[]): Map<string, Header> {
  const headers = new Map<string, { name: string; values: string[] }>();
  for (let i = 0; i < raw.length; i += 2) {
    const lower = raw[i]!.toLowerCase();
    const known = headers.get(lower);
    if (known === undefined) headers.set(lower, { name: raw[i]!, values: [raw[i + 1]!] });
    else known.values.push(raw[i + 1]!);
  }
  return headers;
}

function partsOf(lower: string, values: readonly string[]): string {
  const part = partOf[lower];
  return part === undefined ? '' : [...new Set(values.map(part))].sort().join(', ');
}

/** Values are not shown where only presence counts: who knows what is in them. */
function shownPart(lower: string, values: readonly string[]): string {
  return partsOf(lower, values) || 'present';
}

function namesIn(value: string, separator: RegExp): string[] {
  return value
    .toLowerCase()
    .split(separator)
    .filter(one => one !== '');
}
