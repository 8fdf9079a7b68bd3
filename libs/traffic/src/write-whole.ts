import { type ServerResponse, STATUS_CODES } from 'node:http';
import { replyBatch } from './reply-batch';

/** What Node's response keeps for itself and is relied on here; `write-whole.spec.ts` compares the bytes with Node's own. */
interface Internals {
  _header: string | null;
  _hasBody: boolean;
  readonly _keepAliveTimeout: number;
}

/** Head and body of a reply, one byte a character. */
export interface WholeText {
  readonly status: number;
  /** Undefined: the standard phrase of the status. */
  readonly statusMessage: string | undefined;
  /** Name, value, name, value, …, with `Content-Length` where the status has a body. */
  readonly headers: readonly string[];
  /** Empty for a reply without body, and in answer to HEAD. */
  readonly text: string;
}

/** Headers that change how Node frames a message, or that it would add: such a head is Node's to write. */
const framing = /^(?:date|connection|keep-alive|transfer-encoding|trailer|upgrade|expect)$/i;

/** Anything that is not one byte of a field value (RFC 9110, 5.5); Node refuses it. */
const notFieldBytes = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Sends a short reply in one piece, together with the others of this turn of the event loop. Node itself takes two pieces and a
 * system call for each reply in between the work for others, which wakes the client each time: half of what a hit costs.
 */
export function writeWhole(outgoing: ServerResponse, reply: WholeText): void {
  const internals = outgoing as unknown as Internals;
  const stays = outgoing.shouldKeepAlive && outgoing.useChunkedEncodingByDefault;
  const head = stays ? headOf(reply, internals) : undefined;
  if (head === undefined) return writeByNode(outgoing, reply);
  outgoing.statusCode = reply.status;
  internals._header = head + reply.text;
  internals._hasBody = false; // it goes as a part of the head
  replyBatch.add(outgoing);
}

function writeByNode(outgoing: ServerResponse, { status, statusMessage, headers, text }: WholeText): void {
  if (statusMessage === undefined) outgoing.writeHead(status, headers as string[]);
  else outgoing.writeHead(status, statusMessage, headers as string[]);
  if (text === '') outgoing.end();
  else outgoing.end(text, 'latin1');
}

/** The head as Node writes it for a connection that stays; undefined if anything about it is not plain. */
function headOf(
  { status, statusMessage, headers }: WholeText,
  { _keepAliveTimeout: keepAliveMs }: Internals,
): string | undefined {
  const phrase = statusMessage ?? STATUS_CODES[status];
  if (phrase === undefined || notFieldBytes.test(phrase)) return undefined;
  let head = `HTTP/1.1 ${status} ${phrase}\r\n`;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    const value = headers[i + 1]!;
    if (framing.test(name) || notFieldBytes.test(value)) return undefined;
    head += `${name}: ${value}\r\n`;
  }
  return head + closingLines(keepAliveMs);
}

let closing = '';
let closingTimeout = -1;
let closingUntil = 0;

/** The lines that are the same for all replies of a second. */
function closingLines(keepAliveMs: number): string {
  const now = Date.now();
  if (now >= closingUntil || keepAliveMs !== closingTimeout) {
    closingUntil = now - (now % 1_000) + 1_000;
    closingTimeout = keepAliveMs;
    const keepAlive = keepAliveMs > 0 ? `Keep-Alive: timeout=${Math.floor(keepAliveMs / 1_000)}\r\n` : '';
    closing = `Date: ${new Date(now).toUTCString()}\r\nConnection: keep-alive\r\n${keepAlive}\r\n`;
  }
  return closing;
}
