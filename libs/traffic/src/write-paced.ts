import { type IncomingMessage, type ServerResponse } from 'node:http';
import { cutBody, hasBody, withLength, type Pace } from '@mock-server/engine';
import { wait } from './wait';
import { writeNodeHead } from './write-node-head';
import { cutSlowReader, writeReply, type WholeReply } from './write-reply';

/**
 * Writes a reply piece by piece, the head with the first. Pieces are due at times counted from the beginning, so that late ones do
 * not add up. A dribbled body is chunked, as WireMock's; one at a bandwidth has its length. Stops when the client leaves.
 */
export async function writePaced(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  reply: WholeReply,
  { pace, maxMs }: { readonly pace: Pace; readonly maxMs: number },
): Promise<void> {
  const { status, statusMessage, headers, body } = reply;
  if (body.length === 0) return writeReply(incoming, outgoing, reply);
  const pieces = cutBody(pace, { length: body.length, maxMs });
  const startedAt = performance.now();
  const untilDue = (piece: number): number => startedAt + pieces.dueMs(piece) - performance.now();
  await wait(outgoing, untilDue(0));
  if (outgoing.destroyed) return;
  if (!hasBody(status) || incoming.method === 'HEAD') return writeReply(incoming, outgoing, reply);
  const framed = pace.kind === 'dribble' ? headers : withLength(headers, { status, length: body.length });
  writeNodeHead(outgoing, { status, statusMessage, headers: framed });
  cutSlowReader(outgoing, pieces.dueMs(pieces.count - 1));
  for (let piece = 0, start = 0; piece < pieces.count; piece++) {
    const waitMs = untilDue(piece);
    if (waitMs > 0) await wait(outgoing, waitMs);
    if (outgoing.destroyed) return;
    const end = pieces.endOf(piece);
    outgoing.write(body.subarray(start, end));
    start = end;
  }
  outgoing.end();
}
