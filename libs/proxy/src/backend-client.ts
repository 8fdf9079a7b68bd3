import { randomUUID } from 'node:crypto';
import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { type SlotOutcome } from '@mock-server/outbound';
import { BackendCounts } from './backend-counts';
import { BackendExchange, type BackendUpgrade } from './backend-exchange';
import { type BackendFailure, failed } from './backend-failure';
import { type BackendPool, BackendPools } from './backend-pools';
import { followRedirects } from './follow-redirects';
import { type ForwardRequest, type ForwardResult } from './forward';
import { applyHeaderRules, hostFieldOf, rewriteUrl } from './head-rules';
import { discard, lendBody } from './lent-body';
import { OutboundGate, type OutboundTarget, trustedBackend } from './outbound-gate';
import { makeRequestHead, type OutgoingHead } from './request-head';

/** A request that may go out, and where to. */
interface Passage {
  readonly request: ForwardRequest;
  readonly head: OutgoingHead;
  readonly body: Uint8Array | Readable | undefined;
  readonly target: OutboundTarget;
  readonly backend: BackendPool;
}

/** Methods that change nothing, so that asking twice does no harm (RFC 9110, 9.2.1). */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
const defaultRetries = 1;
const retryPauseMs = 25;

/** Passes requests to backends and brings their replies back, streamed both ways. Never throws. */
@Injectable()
export class BackendClient {
  /** Marks our requests, so that one that comes back to us is known. */
  private readonly instanceId = randomUUID();

  constructor(
    private readonly gate: OutboundGate,
    private readonly pools: BackendPools,
    private readonly counts: BackendCounts,
  ) {}

  async forward(request: ForwardRequest): Promise<ForwardResult> {
    const first = await this.call(request);
    const result =
      request.backend?.redirects === 'follow' ? await followRedirects(request, first, next => this.call(next)) : first;
    if (result.kind === 'failed') {
      this.counts.fail(result.problem);
      if (isStream(request.body)) discard(request.body);
    }
    return result;
  }

  /** Asks the backend to speak another protocol on the connection. It may answer as to any request instead. */
  async upgrade(request: ForwardRequest, protocol: string): Promise<ForwardResult | BackendUpgrade> {
    // Over HTTP/2 an upgrade is another thing (RFC 8441), which few backends offer.
    const backend = request.backend?.http2 === true ? { ...request.backend, http2: false } : request.backend;
    const passage = this.prepare({ ...request, backend, body: undefined });
    const result = 'kind' in passage ? passage : await this.attempt<BackendUpgrade>(passage, protocol);
    if (result.kind === 'failed') this.counts.fail(result.problem);
    return result.kind === 'upgraded' ? result : withReplyRules(request, result);
  }

  private async call(request: ForwardRequest): Promise<ForwardResult> {
    const passage = this.prepare(request);
    if ('kind' in passage) return passage;
    passage.backend.retries.earn();
    const most =
      safeMethods.has(request.method) && passage.body === undefined ? (request.backend?.retries ?? defaultRetries) : 0;
    for (let retry = 0; ; retry++) {
      const result = await this.attempt(passage);
      const isWorthAnother = result.kind === 'failed' && result.problem === 'backend-unreachable' && retry < most;
      if (!isWorthAnother || request.signal.aborted || !passage.backend.retries.take())
        return withReplyRules(request, result);
      this.counts.retry();
      if (retry > 0) await pause(retryPauseMs * 2 ** retry * (0.5 + Math.random()));
    }
  }

  private prepare(request: ForwardRequest): Passage | BackendFailure {
    const { backendUrl, backend: settings } = request;
    const body = !isStream(request.body) && request.body?.byteLength === 0 ? undefined : request.body;
    const isTrusted = request.isBackendTrusted !== false;
    const decision = this.gate.decide(backendUrl, isTrusted ? trustedBackend(backendUrl) : undefined);
    if (!decision.allowed) return failed('outbound-refused', decision.refused.message);
    const { target } = decision;
    const made = makeRequestHead(
      {
        ...request,
        url: rewriteUrl(request.url, settings?.rewrite),
        hostHeader: request.hostHeader ?? hostFieldOf(settings?.host, request.host),
        body: body === undefined ? 'none' : isStream(body) ? 'stream' : 'bytes',
      },
      target.basePath,
      this.instanceId,
    );
    if (!made.ok) return failed(made.problem, made.detail);
    const head = { ...made.head, headers: applyHeaderRules(made.head.headers, settings?.requestHeaders) };
    const backend = this.pools.of(target, settings);
    return 'kind' in backend ? backend : { request, head, body, target, backend };
  }

  private async attempt<Upgrade extends BackendUpgrade = never>(
    { request, head, body, target, backend }: Passage,
    upgrade?: string,
  ): Promise<ForwardResult | Upgrade> {
    const passage = backend.breaker.admit();
    if (passage === undefined)
      return failed(
        'backend-resting',
        `${target.origin} failed again and again and is left alone for a moment. Check that it runs.`,
      );
    const slot = await backend.slots.take(request.signal);
    if (slot !== 'taken') {
      backend.breaker.end(passage, 'neither');
      return noSlot(slot, target.origin);
    }
    const lentBody = isStream(body) ? lendBody(body) : undefined;
    const exchange = new BackendExchange<Upgrade>({
      origin: target.origin,
      signal: request.signal,
      lentBody,
      onSettled: () => backend.slots.release(),
    });
    backend.pool.dispatch(
      {
        path: head.path,
        method: request.method,
        headers: head.headers as string[],
        body: lentBody ?? (body as Uint8Array | undefined) ?? null,
        ...(upgrade !== undefined && { upgrade }),
      },
      exchange,
    );
    const result = await exchange.outcome;
    backend.breaker.end(passage, fateOf(result));
    return result;
  }
}

function isStream(body: Uint8Array | Readable | undefined): body is Readable {
  return body !== undefined && !(body instanceof Uint8Array);
}

function withReplyRules({ backend }: ForwardRequest, result: ForwardResult): ForwardResult {
  if (result.kind === 'failed' || backend?.replyHeaders === undefined) return result;
  return { ...result, rawHeaders: [...applyHeaderRules(result.rawHeaders, backend.replyHeaders)] };
}

/** Only what the backend itself did wrong counts against it. */
function fateOf(result: ForwardResult | BackendUpgrade): 'answered' | 'failed' | 'neither' {
  if (result.kind !== 'failed') return 'answered';
  return /^backend-(?:unreachable|timeout|invalid)$/.test(result.problem) ? 'failed' : 'neither';
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
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
