import { Injectable } from '@nestjs/common';
import { type CatalogMock, type MockRequest } from '@mock-server/engine';
import { type SentReply } from '@mock-server/journal';
import { FileStore } from '@mock-server/mocks';
import { type Call } from './call';
import { corsHeaders } from './cors';
import { replyFileMissing } from './missing-file';
import { Reporter } from './reporter';
import { TemplatedReplies } from './templated-replies';
import { writeReply } from './write-reply';

/** Sends what a mock answers: at once, after its delay, or with the bytes of a file. */
@Injectable()
export class MockReply {
  constructor(
    private readonly files: FileStore,
    private readonly reporter: Reporter,
    private readonly templated: TemplatedReplies,
  ) {}

  send(call: Call, request: MockRequest, mock: CatalogMock): void | Promise<void> {
    const { reply } = mock;
    // As in WireMock, a mock's own delay stands in for the global one, it is not added.
    const delayMs = reply.hasOwnDelay ? reply.delayMs : (call.workspace.fixedDelayMs ?? 0);
    if (reply.template !== undefined) return this.sendTemplated(call, { request, mock, delayMs });
    if (reply.body.kind === 'file') return this.sendFile(call, { request, mock, name: reply.body.name, delayMs });
    const { bytes } = reply.body;
    if (delayMs > 0) return wait(call, delayMs).then(() => this.write(call, { request, mock, bytes, delayMs }));
    if (call.head.origin === undefined && reply.text !== undefined && this.reporter.keepsWhole(bytes)) {
      return this.writeText(call, request, mock);
    }
    this.write(call, { request, mock, bytes, delayMs });
  }

  /** The most travelled road: nothing is made here that could have been made before. */
  private writeText(call: Call, request: MockRequest, mock: CatalogMock): void {
    const { status, statusMessage, framedHeaders, headers, text, sent } = mock.reply;
    const { incoming, outgoing } = call;
    if (sent !== undefined) this.reporter.report(call, { request, source: 'mock', mock, reply: sent });
    if (outgoing.destroyed) return;
    const written = (framedHeaders ?? headers) as string[];
    if (statusMessage === undefined) outgoing.writeHead(status, written);
    else outgoing.writeHead(status, statusMessage, written);
    if (incoming.method === 'HEAD' || framedHeaders === undefined) outgoing.end();
    else outgoing.end(text, 'latin1');
  }

  private sendTemplated(
    call: Call,
    hit: { request: MockRequest; mock: CatalogMock; delayMs: number },
  ): void | Promise<void> {
    return hit.delayMs > 0
      ? wait(call, hit.delayMs).then(() => this.templated.send(call, hit))
      : this.templated.send(call, hit);
  }

  private async sendFile(
    call: Call,
    { request, mock, name, delayMs }: { request: MockRequest; mock: CatalogMock; name: string; delayMs: number },
  ): Promise<void> {
    if (delayMs > 0) await wait(call, delayMs);
    const bytes = await this.files.read(call.workspace.id, name);
    if (bytes !== undefined) return this.write(call, { request, mock, bytes, delayMs });
    replyFileMissing(this.reporter, call, { request, mock, name });
  }

  private write(
    call: Call,
    { request, mock, bytes, delayMs }: { request: MockRequest; mock: CatalogMock; bytes: Uint8Array; delayMs: number },
  ): void {
    const { reply } = mock;
    const { head, workspace, incoming, outgoing } = call;
    const body = this.reporter.clip(bytes);
    const sent: SentReply = { status: reply.status, headers: reply.headers, body, ownsBody: body !== bytes };
    this.reporter.report(call, { request, source: 'mock', mock, reply: sent, delayMs });
    const cors =
      head.origin !== undefined && workspace.settings.cors ? corsHeaders(head.origin, reply.headers) : undefined;
    const headers = cors === undefined ? reply.headers : [...reply.headers, ...cors];
    writeReply(incoming, outgoing, { status: reply.status, statusMessage: reply.statusMessage, headers, body: bytes });
  }
}

/** Waits, but not for a client that has left. */
export function wait({ outgoing }: Call, delayMs: number): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(finish, delayMs);
    function finish(): void {
      clearTimeout(timer);
      outgoing.off('close', finish);
      resolve();
    }
    outgoing.once('close', finish);
  });
}
