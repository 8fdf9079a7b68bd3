import { type Readable } from 'node:stream';
import { httpToken, isFieldValue } from '@mock-server/engine';
import { Injectable } from '@nestjs/common';
import { BackendExchange } from './backend-exchange';
import { failed, type BackendFailure } from './backend-failure';
import { BackendPools } from './backend-pools';
import { OutboundGate } from './outbound-gate';

/** A call of our own, to a URL that a user wrote. */
export interface OutboundRequest {
  readonly method: string;
  readonly url: string;
  /** Name, value, name, value, …; a Host among them stands in for the URL's. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal;
  /** What is kept of the reply's body; what comes after it is not read. */
  readonly maxReplyBytes: number;
}

export interface OutboundReply {
  readonly kind: 'answered';
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

/** Calls a URL out of a mapping, through the gate: private addresses are refused unless they are allowed. Never throws. */
@Injectable()
export class OutboundClient {
  constructor(
    private readonly gate: OutboundGate,
    private readonly pools: BackendPools,
  ) {}

  async send({
    method,
    url,
    headers,
    body,
    signal,
    maxReplyBytes,
  }: OutboundRequest): Promise<OutboundReply | BackendFailure> {
    const decision = this.gate.decide(url);
    if (!decision.allowed) return failed('outbound-refused', decision.refused.message);
    if (!httpToken.test(method) || method === 'CONNECT' || !areFields(headers))
      return failed('bad-request', 'The method or a header is not what HTTP allows.');
    const { target } = decision;
    const receiver = this.pools.of(target);
    if ('kind' in receiver) return receiver;
    const slot = await receiver.slots.take(signal);
    if (slot !== 'taken') return failed('overloaded', `All connections to ${target.origin} are busy.`);
    const onSettled = (): void => receiver.slots.release();
    const exchange = new BackendExchange({ origin: target.origin, signal, lentBody: undefined, onSettled });
    const { pathname, search } = new URL(url);
    receiver.pool.dispatch({ path: pathname + search, method, headers: [...headers], body: body ?? null }, exchange);
    const outcome = await exchange.outcome;
    if (outcome.kind === 'failed') return outcome;
    const { status, rawHeaders } = outcome;
    return { kind: 'answered', status, rawHeaders, body: await readSome(outcome.body, maxReplyBytes) };
  }
}

/** A reply that breaks off was an answer all the same. */
async function readSome(body: Readable, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= maxBytes) break;
    }
  } catch {
    // what came is what there is
  }
  return new Uint8Array(Buffer.concat(chunks).subarray(0, maxBytes));
}

function areFields(headers: readonly string[]): boolean {
  return headers.every((text, i) => (i % 2 === 0 ? httpToken.test(text) : isFieldValue(text)));
}
