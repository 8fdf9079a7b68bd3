/** One part of a multipart body. */
export interface Part {
  /** Of the form field. */
  readonly name: string | undefined;
  readonly fileName: string | undefined;
  readonly body: Uint8Array;
  /** Every value of each header, by its name in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

const maxParts = 1_000;
const maxHeadLength = 16_384;
const maxBoundaryLength = 200;

/** One character a byte, so that positions in the text are positions in the bytes. */
const byteText = new TextDecoder('latin1');
const utf8 = new TextDecoder('utf-8');

/** Whether a `Content-Type` says multipart, of any kind. */
export function isMultipart(contentType: string | undefined): boolean {
  return contentType !== undefined && /^\s*multipart\//i.test(contentType);
}

/**
 * Reads a multipart body (RFC 2046) of at most 1,000 parts with 16 KiB of headers each. Parts without a name are left out, as
 * WireMock does, except in multipart/related. Undefined when the body is malformed, has no end, or is beyond these limits.
 */
export function readParts(contentType: string, body: Uint8Array): readonly Part[] | undefined {
  const boundary = parameterOf(contentType, 'boundary') ?? '';
  if (boundary === '' || boundary.length > maxBoundaryLength) return undefined;
  const text = byteText.decode(body);
  const opening = `--${byteText.decode(new TextEncoder().encode(boundary))}`;
  const delimiter = `\r\n${opening}`;
  const needsName = !/^\s*multipart\/related/i.test(contentType);
  const parts: Part[] = [];
  let at = text.startsWith(opening) ? opening.length : after(text, delimiter, 0);
  while (at >= 0) {
    if (text.startsWith('--', at) || at === text.length) return parts;
    const bodyEnd = text.indexOf(delimiter, at);
    const headEnd = text.indexOf('\r\n\r\n', at);
    if (!text.startsWith('\r\n', at) || bodyEnd < 0 || headEnd < 0 || headEnd > bodyEnd) return undefined;
    if (headEnd - at > maxHeadLength || parts.length >= maxParts) return undefined;
    const headers = readHeaders(utf8.decode(body.subarray(at, headEnd)));
    const disposition = headers.get('content-disposition')?.[0] ?? '';
    const isNamed = /^\s*form-data\b/i.test(disposition) && parameterOf(disposition, 'name') !== undefined;
    if (isNamed || !needsName)
      // A part without a body ends where its head does.
      parts.push({
        headers,
        name: parameterOf(disposition, 'name'),
        fileName: fileNameOf(disposition),
        body: body.subarray(Math.min(headEnd + 4, bodyEnd), bodyEnd),
      });
    at = bodyEnd + delimiter.length;
  }
  return undefined;
}

function after(text: string, wanted: string, from: number): number {
  const found = text.indexOf(wanted, from);
  return found < 0 ? -1 : found + wanted.length;
}

function readHeaders(head: string): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  // A line that begins with a space goes on with the one before.
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const known = headers.get(name);
    if (known === undefined) headers.set(name, [line.slice(colon + 1).trim()]);
    else known.push(line.slice(colon + 1).trim());
  }
  return headers;
}

function fileNameOf(disposition: string): string | undefined {
  const encoded = /^utf-8''(.*)$/i.exec(parameterOf(disposition, 'filename*') ?? '')?.[1];
  if (encoded !== undefined) {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  }
  return parameterOf(disposition, 'filename');
}

/** A parameter of a header such as `form-data; name="a"; filename=b`; backslashes stay, as Windows paths have them. */
function parameterOf(header: string, wanted: string): string | undefined {
  const parameter = /;[ \t]*([^=;"\s]{1,60})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))/g;
  for (const [, name = '', quoted, plain] of header.slice(0, maxHeadLength).matchAll(parameter))
    if (name.toLowerCase() === wanted) return quoted ?? plain?.trim();
  return undefined;
}
