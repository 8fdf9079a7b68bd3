import { isFieldValue } from './header-text';

const ofConnection = ['connection', 'keep-alive', 'transfer-encoding', 'trailer'];

/**
 * How a message ends and how its connection goes on, in lower case. Whoever writes it to the socket says so, and nobody else, so that
 * what goes out is always well-formed; Node throws on a trailer that does not come.
 */
export const framingHeaders: ReadonlySet<string> = new Set(['content-length', ...ofConnection]);

/** The same of a request, with what it asks for besides an answer. */
export const requestFramingHeaders: ReadonlySet<string> = new Set([...framingHeaders, 'te', 'upgrade', 'expect']);

/** With one of these Node frames the message in another way; a length is just a line. */
const unusual = new RegExp(`^(?:${[...ofConnection, 'upgrade', 'expect'].join('|')})$`, 'i');

/** The lines of name, value, name, value, …, as they go out. Names and values must have been checked. */
export function headerLines(headers: readonly string[]): string {
  let lines = '';
  for (let i = 0; i < headers.length; i += 2) lines += lineOf(headers[i]!, headers[i + 1]!);
  return lines;
}

/** The same; undefined if a header is not a plain line: such a head is Node's to write, or to refuse. */
export function plainHeaderLines(headers: readonly string[]): string | undefined {
  let lines = '';
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    const value = headers[i + 1]!;
    if (unusual.test(name) || !isFieldValue(value)) return undefined;
    lines += lineOf(name, value);
  }
  return lines;
}

/** With a Date of its own a message gets no other. */
export function hasDate(headers: readonly string[]): boolean {
  return headers.some((name, i) => i % 2 === 0 && name.length === 4 && name.toLowerCase() === 'date');
}

function lineOf(name: string, value: string): string {
  return `${name}: ${value}\r\n`;
}

/** The headers of a whole reply: also the length of its body where the status has one. */
export function withLength(
  headers: readonly string[],
  { status, length }: { readonly status: number; readonly length: number },
): readonly string[] {
  return hasBody(status) ? [...headers, 'Content-Length', String(length)] : headers;
}

/** 204 and 304 never have one (RFC 9110, 15.3.5 and 15.4.5). */
export function hasBody(status: number): boolean {
  return status !== 204 && status !== 304;
}
