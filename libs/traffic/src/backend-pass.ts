import { Injectable } from '@nestjs/common';
import { maxMessageBytes, withoutHeaders, type CatalogMock, type MockRequest } from '@mock-server/engine';
import {
  BackendClient,
  type BackendFailure,
  type BackendReply,
  type ForwardRequest,
  MissRecorder,
  readReply,
  Recorder,
} from '@mock-server/proxy';
import { type Call } from './call';
import { corsOf } from './cors';
import { problemReply } from './plain-problem';
import { Reporter } from './reporter';
import { StreamSample } from './stream-sample';
import { Traces } from './traces';
import { wait } from './wait';
import { type WholeReply, writeFramed } from './write-reply';

/** What to ask a backend, and what to make of its answer. */
export interface Passage {
  readonly request: MockRequest;
  readonly target: Pick<
    ForwardRequest,
    'backendUrl' | 'isBackendTrusted' | 'backend' | 'url' | 'rawHeaders' | 'hostHeader' | 'forwarding'
  >;
  /** The mock that passes its request on; undefined for a miss. */
  readonly mock?: CatalogMock | undefined;
  /** Between the backend's answer and ours. */
  readonly delayMs?: number;
  readonly changeHead?: ((head: ReplyHead) => ReplyHead) | undefined;
  /** Undefined: there is nothing in this body to change. A body that is changed is read whole first. */
  readonly changeBody?: ((body: Uint8Array) => Uint8Array | undefined) | undefined;
}

export type ReplyHead = Pick<BackendReply, 'status' | 'statusMessage'> & { readonly rawHeaders: readonly string[] };

const noBytes = new Uint8Array(0);

/** One passage on its way. */
interface Passing extends Passage {
  readonly call: Call;
  /** The request with as much of its body as was kept; grows while a body is still on its way. */
  readonly seen: () => MockRequest;
  /** Whether that is all of it. */
  readonly isSeenWhole: () => boolean;
  /** How much of a body is kept. */
  readonly maxKeptBytes: number;
  readonly backendMs: number;
}

/** Asks a backend and passes its answer on, streamed both ways; each is reported once, however it ends, and recorded if it came whole. */
@Injectable()
export class BackendPass {
  constructor(
    private readonly backends: BackendClient,
    private readonly recorder: Recorder,
    private readonly misses: MissRecorder,
    private readonly reporter: Reporter,
    private readonly traces: Traces,
  ) {}

  async send(call: Call, passage: Passage): Promise<void> {
    const { outgoing, head, incoming } = call;
    const { request, target, delayMs = 0 } = passage;
    const clientGone = new AbortController();
    const onClose = (): void => clientGone.abort();
    outgoing.once('close', onClose);
    const maxKeptBytes = this.maxKeptBytes(call);
    const sent = new StreamSample(maxKeptBytes);
    const isUnread = head.hasBody && !incoming.readableEnded;
    const startedAt = performance.now();
    const asked = {
      ...target,
      method: request.method,
      body: isUnread ? sent.watch(incoming) : request.body,
      clientIp: request.clientIp,
      scheme: request.scheme,
      host: head.host ?? request.host,
      signal: clientGone.signal,
    };
    const span = this.traces.beginBackendCall(call, request, asked);
    const result = await this.backends.forward(span?.request ?? asked);
    span?.end(result);
    const passing: Passing = {
      ...passage,
      call,
      seen: () => (isUnread ? request.withBody(sent.bytes) : request),
      isSeenWhole: () => !isUnread || (sent.isWhole && incoming.readableEnded),
      maxKeptBytes,
      backendMs: performance.now() - startedAt,
    };
    if (result.kind === 'failed') {
      if (clientGone.signal.aborted) this.reportGone(passing);
      else this.fail(passing, result);
      return;
    }
    if (delayMs > 0) await wait(call.outgoing, delayMs);
    await this.pass(passing, result);
    outgoing.off('close', onClose);
  }

  private async pass(passing: Passing, reply: BackendReply): Promise<void> {
    const { call, changeHead, changeBody, delayMs, mock, seen } = passing;
    if (call.outgoing.destroyed) {
      reply.body.destroy();
      return this.reportGone(passing);
    }
    const head = changeHead === undefined ? reply : changeHead(reply);
    if (changeBody === undefined) return this.stream(passing, head, reply);
    const body = await readReply(reply.body, this.reporter.maxBodyBytes);
    if (body.kind === 'read') {
      const made = wholeReply(head, changeBody(body.bytes) ?? body.bytes);
      this.record(passing, { ...head, body: made.body, isWhole: true });
      const headers = [...made.headers, ...corsOf(call, made.headers)];
      return this.reporter.reply(call, {
        request: seen(),
        source: 'proxy',
        mock,
        delayMs,
        reply: { ...made, headers },
      });
    }
    const detail =
      body.kind === 'broken'
        ? 'The backend broke off.'
        : `The answer of the backend is larger than ${this.reporter.maxBodyBytes} bytes (MAX_BODY_BYTES), too large to be changed.`;
    this.fail(passing, { problem: 'backend-invalid', detail });
  }

  /** For a mock in plain text of no declared type, as WireMock tells it. */
  private fail(
    { call, seen, mock, delayMs }: Passing,
    { problem, detail }: Pick<BackendFailure, 'problem' | 'detail'>,
  ): void {
    const reply = problemReply(problem, detail);
    this.reporter.reply(call, {
      request: seen(),
      source: 'proxy',
      mock,
      delayMs,
      reply: mock === undefined ? reply : { status: reply.status, headers: [], body: Buffer.from(`${detail}\n`) },
      note: detail,
    });
  }

  private async stream(passing: Passing, head: ReplyHead, { body, trailers }: BackendReply): Promise<void> {
    const { call, mock, delayMs, seen, isSeenWhole } = passing;
    const { incoming, outgoing } = call;
    const headers = [...head.rawHeaders, ...corsOf(call, head.rawHeaders)];
    const isHead = incoming.method === 'HEAD';
    const sample = new StreamSample(passing.maxKeptBytes);
    const report = (note?: string): void => {
      const kept = this.reporter.clip(sample.bytes);
      const isCut = !sample.isWhole || kept.length < sample.bytes.length || !isSeenWhole();
      const reply = { status: head.status, headers, body: kept, ownsBody: true, isCut };
      this.reporter.report(call, { request: seen(), source: 'proxy', mock, delayMs, reply, note });
    };
    const whole = hasLength(headers, isHead ? undefined : body.readableLength)
      ? body.takeWhole(maxMessageBytes)
      : undefined;
    if (whole !== undefined) {
      sample.add(whole);
      this.record(passing, { ...head, body: sample.bytes, isWhole: sample.isWhole });
      report();
      return writeFramed(incoming, outgoing, { ...head, headers, body: whole });
    }
    outgoing.writeHead(head.status, head.statusMessage, headers);
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        sample.add(chunk);
        if (!isHead && !outgoing.write(chunk) && !(await drained(outgoing))) {
          body.destroy();
          return report('client gone');
        }
      }
    } catch {
      report('the backend broke off');
      outgoing.destroy(); // the client must not take a part for the whole
      return;
    }
    this.record(passing, { ...head, body: sample.bytes, isWhole: sample.isWhole });
    report();
    if (trailers().length > 0) outgoing.addTrailers(pairsOf(trailers()));
    outgoing.end();
  }

  private maxKeptBytes({ workspace }: Call): number {
    const { maxJournalBodyBytes } = this.reporter;
    return this.recorder.isRecording(workspace) || this.misses.wants(workspace)
      ? Math.max(this.recorder.maxBodyBytes, maxJournalBodyBytes)
      : maxJournalBodyBytes;
  }

  private record(passing: Passing, reply: ReplyHead & { readonly body: Uint8Array; readonly isWhole: boolean }): void {
    const { call, seen, isSeenWhole, backendMs } = passing;
    const { workspace } = call;
    const isRecording = this.recorder.isRecording(workspace);
    const isWantedMiss = passing.mock === undefined && this.misses.wants(workspace);
    if (!isRecording && !isWantedMiss) return;
    if (!reply.isWhole || !isSeenWhole()) return this.recorder.drop();
    const exchange = {
      request: seen(),
      receivedAt: call.receivedAt,
      tookMs: backendMs,
      isProxied: true,
      reply: { status: reply.status, headers: reply.rawHeaders, body: reply.body },
    };
    if (isRecording) this.recorder.add(workspace, exchange);
    else this.misses.add(workspace, exchange);
  }

  private reportGone({ call, seen, mock }: Passing): void {
    const reply = { status: 499, headers: [], body: noBytes, ownsBody: true };
    this.reporter.report(call, { request: seen(), source: 'proxy', mock, reply, note: 'client gone' });
  }
}

/** Whether the head says how long the body is, and says so long; `bytes` undefined: however long. */
function hasLength(headers: readonly string[], bytes: number | undefined): boolean {
  const at = headers.findIndex(
    (name, i) => i % 2 === 0 && name.length === 14 && name.toLowerCase() === 'content-length',
  );
  return at >= 0 && (bytes === undefined || headers[at + 1] === String(bytes));
}

function pairsOf(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, raw[i + 1]!]] : []));
}

function wholeReply({ status, statusMessage, rawHeaders }: ReplyHead, body: Uint8Array): WholeReply {
  return { status, statusMessage, headers: withoutHeaders(rawHeaders, name => name === 'content-length'), body };
}

/** Resolves to false when the client left instead. */
function drained(outgoing: Call['outgoing']): Promise<boolean> {
  if (outgoing.destroyed) return Promise.resolve(false);
  return new Promise(resolve => {
    const finish = (): void => {
      outgoing.off('drain', finish).off('close', finish);
      resolve(!outgoing.destroyed);
    };
    outgoing.on('drain', finish).on('close', finish);
  });
}
