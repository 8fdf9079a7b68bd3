import { randomUUID } from 'node:crypto';
import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { BackendExchange, type BackendReply } from './backend-exchange';
import { type BackendFailure, failed } from './backend-failure';
import { BackendPools } from './backend-pools';
import { type SlotOutcome } from './connection-slots';
import { discard, lendBody } from './lent-body';
import { OutboundGate, trustedBackend } from './outbound-gate';
import { makeRequestHead } from './request-head';

export interface ForwardRequest {
  /** Origin and optional base path. */
  readonly backendUrl: string;
  /** False for a URL that no administrator set, such as one out of a mapping: then private addresses are refused. Default true. */
  readonly isBackendTrusted?: boolean;
  /** Sent as Host instead of the backend's own name. */
  readonly hostHeader?: string | undefined;
  /** `none`: as the client's own request, without X-Forwarded-… of ours. Default `fields`. */
  readonly forwarding?: 'fields' | 'none' | undefined;
  readonly method: string;
  /** Path and query exactly as received; appended to the base path. */
  readonly url: string;
  /** Name, value, name, value, …, in order, case and number. */
  readonly rawHeaders: readonly string[];
  /** A stream is read to its end or thrown away, never destroyed. */
  readonly body: Uint8Array | Readable | undefined;
  readonly clientIp: string;
  readonly scheme: string;
  /** As the client gave it. */
  readonly host: string;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

export type ForwardResult = BackendReply | BackendFailure;

/** Passes requests to backends and brings their replies back, streamed both ways. Never throws. */
@Injectable()
export class BackendClient {
  /** Marks our requests, so that one that comes back to us is known. */
  private readonly instanceId = randomUUID();

  constructor(
    private readonly gate: OutboundGate,
    private readonly pools: BackendPools,
  ) {}

  async forward(request: ForwardRequest): Promise<ForwardResult> {
    const result = await this.attempt(request);
    if (result.kind === 'failed' && isStream(request.body)) discard(request.body);
    return result;
  }

  private async attempt(request: ForwardRequest): Promise<ForwardResult> {
    const { backendUrl, method, signal } = request;
    const body =
      request.body === undefined || (!isStream(request.body) && request.body.byteLength === 0)
        ? undefined
        : request.body;
    const decision = this.gate.decide(
      backendUrl,
      request.isBackendTrusted === false ? undefined : trustedBackend(backendUrl),
    );
    if (!decision.allowed) return failed('outbound-refused', decision.refused.message);
    const { target } = decision;
    const made = makeRequestHead(
      { ...request, body: body === undefined ? 'none' : isStream(body) ? 'stream' : 'bytes' },
      target.basePath,
      this.instanceId,
    );
    if (!made.ok) return failed(made.problem, made.detail);
    const backend = this.pools.of(target);
    if (backend === undefined)
      return failed('overloaded', 'Too many backends are in use at once. Try again in a moment.');
    const slot = await backend.slots.take(signal);
    if (slot !== 'taken') return noSlot(slot, target.origin);
    const lentBody = isStream(body) ? lendBody(body) : undefined;
    const exchange = new BackendExchange({
      origin: target.origin,
      signal,
      lentBody,
      onSettled: () => backend.slots.release(),
    });
    backend.pool.dispatch(
      {
        path: made.head.path,
        method: method,
        headers: made.head.headers,
        body: lentBody ?? (body as Uint8Array | undefined) ?? null,
      },
      exchange,
    );
    return exchange.outcome;
  }
}

function isStream(body: Uint8Array | Readable | undefined): body is Readable {
  return body !== undefined && !(body instanceof Uint8Array);
}

function noSlot(outcome: Exclude<SlotOutcome, 'taken'>, origin: string): BackendFailure {
  switch (outcome) {
    case 'aborted':
      return failed('bad-request', 'The client left before its turn came.');
    case 'late':
    case 'full':
      return failed(
        'overloaded',
        `All connections to ${origin} are busy (PROXY_MAX_CONNECTIONS). Try again in a moment.`,
      );
    default:
      return outcome satisfies never;
  }
}
