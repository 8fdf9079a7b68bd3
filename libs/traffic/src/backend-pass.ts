import { Injectable } from '@nestjs/common';
import { type CatalogMock, type MockRequest } from '@mock-server/engine';
import { BackendClient, type BackendFailure, type BackendReply, type ForwardRequest } from '@mock-server/proxy';
import { type Call } from './call';
import { corsHeaders } from './cors';
import { problemReply } from './plain-problem';
import { readReply } from './read-reply';
import { Reporter } from './reporter';
import { StreamSample } from './stream-sample';
import { wait } from './wait';
import { type WholeReply } from './write-reply';

/** What to ask a backend, and what to make of its answer. */
export interface Passage {
  readonly request: MockRequest;
  readonly target: Pick<
    ForwardRequest,
    'backendUrl' | 'isBackendTrusted' | 'url' | 'rawHeaders' | 'hostHeader' | 'forwarding'
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

/** Asks a backend and passes its answer on, streamed both ways; each is reported once, however it ends. */
@Injectable()
export class BackendPass {
  constructor(
    private readonly backends: BackendClient,
    private readonly reporter: Reporter,
  ) {}

  async send(call: Call, passage: Passage): Promise<void> {
    const { outgoing, head, incoming } = call;
    const { request, target, mock } = passage;
    const clientGone = new AbortController();
    const onClose = (): void => clientGone.abort();
    outgoing.once('close', onClose);
    const sent = new StreamSample(this.reporter.maxJournalBodyBytes);
    const isUnread = head.hasBody && !incoming.readableEnded;
    const result = await this.backends.forward({
      ...target,
      method: request.method,
      body: isUnread ? sent.watch(incoming) : request.body,
      clientIp: request.clientIp,
      scheme: request.scheme,
      host: head.host ?? request.host,
      signal: clientGone.signal,
    });
    const seen = isUnread ? request.withBody(sent.bytes) : request;
    if (result.kind === 'failed') {
      if (clientGone.signal.aborted) return this.reportGone(call, seen, mock);
      return this.fail(call, { ...passage, request: seen }, result);
    }
    if (passage.delayMs !== undefined && passage.delayMs > 0) await wait(call, passage.delayMs);
    await this.pass(call, { ...passage, request: seen }, result);
    outgoing.off('close', onClose);
  }

  private async pass(call: Call, passage: Passage, reply: BackendReply): Promise<void> {
    const { request, mock, changeHead, changeBody, delayMs } = passage;
    if (call.outgoing.destroyed) {
      reply.body.destroy();
      return this.reportGone(call, request, mock);
    }
    const changed = changeHead === undefined ? reply : changeHead(reply);
    const head = { ...changed, rawHeaders: [...changed.rawHeaders, ...this.cors(call, changed.rawHeaders)] };
    if (changeBody === undefined) return this.stream(call, { ...passage, head, body: reply.body });
    const body = await readReply(reply.body, this.reporter.maxBodyBytes);
    if (body.kind === 'read') {
      const made = wholeReply(head, changeBody(body.bytes) ?? body.bytes);
      return this.reporter.reply(call, { request, source: 'proxy', mock, delayMs, reply: made });
    }
    const detail =
      body.kind === 'broken'
        ? 'The backend broke off.'
        : `The answer of the backend is larger than ${this.reporter.maxBodyBytes} bytes (MAX_BODY_BYTES), too large to be changed.`;
    this.fail(call, passage, { problem: 'backend-invalid', detail });
  }

  /** For a mock in plain text of no declared type, as WireMock tells it. */
  private fail(
    call: Call,
    { request, mock, delayMs }: Passage,
    { problem, detail }: Pick<BackendFailure, 'problem' | 'detail'>,
  ): void {
    const reply = problemReply(problem, detail);
    this.reporter.reply(call, {
      request,
      source: 'proxy',
      mock,
      delayMs,
      reply: mock === undefined ? reply : { status: reply.status, headers: [], body: Buffer.from(`${detail}\n`) },
      note: detail,
    });
  }

  private async stream(
    call: Call,
    { request, mock, delayMs, head, body }: Passage & { readonly head: ReplyHead; readonly body: BackendReply['body'] },
  ): Promise<void> {
    const { incoming, outgoing } = call;
    const sample = new StreamSample(this.reporter.maxJournalBodyBytes);
    const report = (note?: string): void =>
      this.reporter.report(call, {
        request,
        source: 'proxy',
        mock,
        delayMs,
        reply: { status: head.status, headers: head.rawHeaders, body: sample.bytes, ownsBody: true },
        ...(note === undefined ? {} : { note }),
      });
    outgoing.writeHead(head.status, head.statusMessage, [...head.rawHeaders]);
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        sample.add(chunk);
        if (incoming.method !== 'HEAD' && !outgoing.write(chunk) && !(await drained(outgoing))) {
          body.destroy();
          return report('client gone');
        }
      }
    } catch {
      report('the backend broke off');
      outgoing.destroy(); // the client must not take a part for the whole
      return;
    }
    report();
    outgoing.end();
  }

  private reportGone(call: Call, request: MockRequest, mock: CatalogMock | undefined): void {
    const reply = { status: 499, headers: [], body: noBytes, ownsBody: true };
    this.reporter.report(call, { request, source: 'proxy', mock, reply, note: 'client gone' });
  }

  private cors({ head, workspace }: Call, rawHeaders: readonly string[]): string[] {
    return head.origin !== undefined && workspace.settings.cors ? corsHeaders(head.origin, rawHeaders) : [];
  }
}

function wholeReply({ status, statusMessage, rawHeaders }: ReplyHead, body: Uint8Array): WholeReply {
  const headers = rawHeaders.filter((_, i) => rawHeaders[i - (i % 2)]!.toLowerCase() !== 'content-length');
  return { status, statusMessage, headers, body };
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
