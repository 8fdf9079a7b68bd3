import { STATUS_CODES } from 'node:http';
import { headerLines } from '@mock-server/engine';

/** The first line of a reply; without a phrase of its own it has the standard one. */
export function statusLine(status: number, statusMessage = STATUS_CODES[status] ?? 'unknown'): string {
  return `HTTP/1.1 ${status} ${statusMessage}\r\n`;
}

/** The head of a reply on a socket that Node does not write to. Names and values must have been checked. */
export function rawHead(status: number, statusMessage: string | undefined, headers: readonly string[]): string {
  return `${statusLine(status, statusMessage)}${headerLines(headers)}\r\n`;
}
