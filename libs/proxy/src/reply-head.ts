import { STATUS_CODES } from 'node:http';
import { httpToken, isFieldValue } from '@mock-server/engine';
import { hopByHopOf } from './hop-by-hop';

/** undici gives raw headers as buffers, name, value, …; one character a byte, as Node's own server reads and writes them. */
export function readRawHeaders(raw: unknown): string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map(part => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part)));
}

/** The fields of a reply that go on to the client, in order, case and number; undefined when one of them cannot be written. */
export function passReplyHeaders(rawHeaders: readonly string[]): string[] | undefined {
  const endsHere = hopByHopOf(rawHeaders);
  const passed: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const value = rawHeaders[i + 1]!;
    if (!httpToken.test(name) || !isFieldValue(value)) return undefined;
    if (!endsHere(name.toLowerCase())) passed.push(name, value);
  }
  return passed;
}

/** The backend's own words when they can be written, else the usual ones. */
export function passStatusMessage(status: number, statusMessage: string | undefined): string {
  if (statusMessage !== undefined && isFieldValue(statusMessage)) return statusMessage;
  return STATUS_CODES[status] ?? '';
}
