import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { BackendClient } from '@mock-server/proxy';
import { type Call } from './call';
import { corsHeaders } from './cors';
import { type Miss } from './miss';
import { problemReply } from './plain-problem';
import { Reporter } from './reporter';
import { StreamSample } from './stream-sample';

/** Passes a miss to the workspace's backend and its reply to the client, both streamed. */
@Injectable()
export class ProxyFallback {
  constructor(
    private readonly backends: BackendClient,
    private readonly reporter: Reporter,
  ) {}

  /** False when the workspace has no backend. */
  async answer(call: Call, { request, body }: Miss): Promise<boolean> {
    const { backendUrl } = call.workspace.settings;
    if (backendUrl === undefined) return false;
    const { outgoing, head } = call;
    const clientGone = new AbortController();
    const onClose = (): void => clientGone.abort();
    outgoing.once('close', onClose);
    const sent = new StreamSample(this.reporter.maxJournalBodyBytes);
    const result = await this.backends.forward({
      backendUrl,
      method: request.method,
      url: head.url,
      rawHeaders: request.rawHeaders,
      body: body instanceof Uint8Array ? (body.length > 0 ? body : undefined) : sent.watch(body),
      clientIp: request.clientIp,
      scheme: request.scheme,
      host: head.host ?? request.host,
      signal: clientGone.signal,
    });
    const seen = body instanceof Uint8Array ? request : request.withBody(sent.bytes);
    if (result.kind === 'failed') {
      if (clientGone.signal.aborted)
        this.reporter.report(call, {
          request: seen,
          source: 'proxy',
          reply: { status: 499, headers: [], body: new Uint8Array(0), ownsBody: true },
          note: 'client gone',
        });
      else
        this.reporter.reply(call, {
          request: seen,
          source: 'proxy',
          reply: problemReply(result.problem, result.detail),
          note: result.detail,
        });
      return true;
    }
    const cors =
      head.origin !== undefined && call.workspace.settings.cors ? corsHeaders(head.origin, result.rawHeaders) : [];
    await this.pass(call, seen, { ...result, rawHeaders: [...result.rawHeaders, ...cors] });
    outgoing.off('close', onClose);
    return true;
  }

  private async pass(
    call: Call,
    request: Miss['request'],
    reply: { status: number; statusMessage: string; rawHeaders: readonly string[]; body: Readable },
  ): Promise<void> {
    const { incoming, outgoing } = call;
    const sample = new StreamSample(this.reporter.maxJournalBodyBytes);
    const report = (note?: string): void =>
      this.reporter.report(call, {
        request,
        source: 'proxy',
        reply: { status: reply.status, headers: reply.rawHeaders, body: sample.bytes, ownsBody: true },
        ...(note === undefined ? {} : { note }),
      });
    if (outgoing.destroyed) {
      reply.body.destroy();
      return report('client gone');
    }
    outgoing.writeHead(reply.status, reply.statusMessage, [...reply.rawHeaders]);
    try {
      for await (const chunk of reply.body as AsyncIterable<Buffer>) {
        sample.add(chunk);
        if (incoming.method !== 'HEAD' && !outgoing.write(chunk) && !(await drained(outgoing))) {
          reply.body.destroy();
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
