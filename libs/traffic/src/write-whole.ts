import { type IncomingMessage, type ServerResponse } from 'node:http';
import {
  hasDate,
  isFieldValue,
  plainHeaderLines,
  withLength,
  type Reply,
  type ReplyMessage,
} from '@mock-server/engine';
import { statusLine } from './raw-head';
import { replyBatch } from './reply-batch';
import { writeNodeHead } from './write-node-head';

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
  readonly statusMessage?: string | undefined;
  /** Name, value, name, value, …, with `Content-Length` where the status has a body. */
  readonly headers: readonly string[];
  /** Empty for a reply without body, and in answer to HEAD. */
  readonly text: string;
}

/** One that a mock gives each time, with its text. */
export interface ReadyReply extends Pick<Reply, 'status' | 'headers'> {
  readonly message: ReplyMessage;
}

/**
 * Sends a short reply in one piece, together with the others of this turn of the event loop. Node itself takes two pieces and a
 * system call for each reply in between the work for others, which wakes the client each time: half of what a hit costs.
 */
export function writeWhole(outgoing: ServerResponse, reply: WholeText): void {
  const lines = staysOpen(outgoing) ? linesOf(reply) : undefined;
  if (lines === undefined) writeByNode(outgoing, reply);
  else send(outgoing, { ...reply, hasDate: hasDate(reply.headers) }, `${lines}\r\n${reply.text}`);
}

/** The same for a reply whose text was made before. */
export function writeMessage(incoming: IncomingMessage, outgoing: ServerResponse, reply: ReadyReply): void {
  const { status, headers, message } = reply;
  const isHead = incoming.method === 'HEAD';
  if (staysOpen(outgoing)) return send(outgoing, { status, hasDate: false }, isHead ? message.head : message.whole);
  writeByNode(outgoing, {
    status,
    headers: withLength(headers, { status, length: message.length }),
    text: isHead ? '' : message.whole.slice(message.head.length),
  });
}

function staysOpen({ shouldKeepAlive, useChunkedEncodingByDefault }: ServerResponse): boolean {
  return shouldKeepAlive && useChunkedEncodingByDefault;
}

interface Opening extends Pick<WholeText, 'status' | 'statusMessage'> {
  /** The lines after it have one. */
  readonly hasDate: boolean;
}

function send(outgoing: ServerResponse, opening: Opening, text: string): void {
  const internals = outgoing as unknown as Internals;
  outgoing.statusCode = opening.status;
  internals._header = openingLines(opening, internals._keepAliveTimeout) + text;
  internals._hasBody = false; // it goes as a part of the head
  replyBatch.add(outgoing);
}

function writeByNode(outgoing: ServerResponse, reply: WholeText): void {
  replyBatch.flush();
  writeNodeHead(outgoing, reply);
  if (reply.text === '') outgoing.end();
  else outgoing.end(reply.text, 'latin1');
}

/** The header lines; undefined if anything about the head is not plain. */
function linesOf({ statusMessage, headers }: WholeText): string | undefined {
  return statusMessage === undefined || isFieldValue(statusMessage) ? plainHeaderLines(headers) : undefined;
}

/** The first lines of replies with a standard phrase, by status: the same for a second. */
const usualLines = new Map<number, string>();
let usualUntil = 0;
let dateLine = '';
let connectionLines = '';
let keepAliveMsOfLines = -1;

/** The status line, and the lines that Node adds for a connection that stays. */
function openingLines({ status, statusMessage, hasDate }: Opening, keepAliveMs: number): string {
  const now = Date.now();
  if (now >= usualUntil || keepAliveMs !== keepAliveMsOfLines) {
    usualUntil = now - (now % 1_000) + 1_000;
    keepAliveMsOfLines = keepAliveMs;
    dateLine = `Date: ${new Date(now).toUTCString()}\r\n`;
    connectionLines = linesOfConnection(keepAliveMs);
    usualLines.clear();
  }
  if (hasDate) return statusLine(status, statusMessage) + connectionLines;
  if (statusMessage !== undefined) return statusLine(status, statusMessage) + dateLine + connectionLines;
  let known = usualLines.get(status);
  if (known === undefined) {
    known = statusLine(status) + dateLine + connectionLines;
    usualLines.set(status, known);
  }
  return known;
}

function linesOfConnection(keepAliveMs: number): string {
  const keepAlive = keepAliveMs > 0 ? `Keep-Alive: timeout=${Math.floor(keepAliveMs / 1_000)}\r\n` : '';
  return `Connection: keep-alive\r\n${keepAlive}`;
}
