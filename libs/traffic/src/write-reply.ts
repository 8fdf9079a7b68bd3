import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { hasBody, maxMessageBytes, withLength } from '@mock-server/engine';
import { replyBatch } from './reply-batch';
import { writeNodeHead } from './write-node-head';
import { writeWhole } from './write-whole';

/** A whole reply, ready for the socket. */
export interface WholeReply {
  readonly status: number;
  readonly statusMessage?: string | undefined;
  /** Name, value, name, value, …, without framing. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

/** A client that has not taken a large reply in this time is cut off: it holds memory. */
const slowReaderMs = 120_000;
const largeReplyBytes = 262_144;

/**
 * Writes a reply with a Content-Length. 204 and 304 have no body, HEAD has the length and no bytes (RFC 9110, 8.6 and 9.3.2).
 */
export function writeReply(incoming: IncomingMessage, outgoing: ServerResponse, reply: WholeReply): void {
  if (outgoing.destroyed || outgoing.headersSent) return;
  const { status, headers, body } = reply;
  writeFramed(incoming, outgoing, { ...reply, headers: withLength(headers, { status, length: body.length }) });
}

/** The same for headers that have their `Content-Length` already. */
export function writeFramed(incoming: IncomingMessage, outgoing: ServerResponse, reply: WholeReply): void {
  const { status, statusMessage, headers, body } = reply;
  if (!hasBody(status) || body.length === 0 || incoming.method === 'HEAD')
    return writeWhole(outgoing, { status, statusMessage, headers, text: '' });
  if (body.length <= maxMessageBytes)
    return writeWhole(outgoing, { status, statusMessage, headers, text: latin1Of(body) });
  replyBatch.flush();
  writeNodeHead(outgoing, reply);
  outgoing.end(body);
  if (body.length > largeReplyBytes) cutSlowReader(outgoing);
}

function latin1Of({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}

/** A client that goes on sending after the last reply is listened to for so long, and no longer. */
const lingerMs = 1_000;

/**
 * Ends the connection after the answer: what is left of the request is not worth keeping. It is still taken off the socket for a
 * moment, for a connection closed with unread bytes is reset, and the client loses the answer (RFC 9112, 9.6).
 */
export function writeLastReply(incoming: IncomingMessage, outgoing: ServerResponse, reply: WholeReply): void {
  const { socket } = incoming;
  outgoing.shouldKeepAlive = false;
  socket.destroySoon = () => endAndLinger(socket);
  writeReply(incoming, outgoing, { ...reply, headers: [...reply.headers, 'Connection', 'close'] });
  outgoing.once('finish', () => incoming.resume());
}

/** Ends our side, and goes on reading for a moment. */
export function endAndLinger(socket: Socket): void {
  socket.end();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

/** `extraMs` is how long we take ourselves. */
export function cutSlowReader(outgoing: ServerResponse, extraMs = 0): void {
  const timer = setTimeout(() => outgoing.destroy(), slowReaderMs + extraMs);
  timer.unref();
  outgoing.once('close', () => clearTimeout(timer));
}
