import { Injectable } from '@nestjs/common';
import { type CatalogMock, type MockRequest, type Reply } from '@mock-server/engine';
import { FileStore } from '@mock-server/mocks';
import { type Call } from './call';
import { corsHeaders } from './cors';
import { problemReply } from './plain-problem';
import { Reporter } from './reporter';
import { writeReply } from './write-reply';

/** Sends what a mock answers: at once, after its delay, or with the bytes of a file. */
@Injectable()
export class MockReply {
  constructor(
    private readonly files: FileStore,
    private readonly reporter: Reporter,
  ) {}

  send(call: Call, request: MockRequest, mock: CatalogMock): void | Promise<void> {
    const { reply } = mock;
    if (reply.body.kind === 'file') return this.sendFile(call, { request, mock, name: reply.body.name });
    const { bytes } = reply.body;
    if (reply.delayMs > 0) return wait(call, reply.delayMs).then(() => this.write(call, { request, mock, bytes }));
    this.write(call, { request, mock, bytes });
  }

  private async sendFile(
    call: Call,
    { request, mock, name }: { request: MockRequest; mock: CatalogMock; name: string },
  ): Promise<void> {
    if (mock.reply.delayMs > 0) await wait(call, mock.reply.delayMs);
    const bytes = await this.files.read(call.workspace.id, name);
    if (bytes !== undefined) return this.write(call, { request, mock, bytes });
    const detail = `Mock ${mock.title} answers with file '${name}', which does not exist. Put it with PUT /__admin/files/${name}, or into __files of MAPPINGS_DIR.`;
    const reply = problemReply('internal', detail);
    this.reporter.reply(call, {
      request,
      source: 'mock',
      mock,
      reply: { ...reply, headers: [...reply.headers, 'Matched-Stub-Id', mock.id] },
      note: 'body file missing',
    });
  }

  private write(
    call: Call,
    { request, mock, bytes }: { request: MockRequest; mock: CatalogMock; bytes: Uint8Array },
  ): void {
    const { reply } = mock;
    const { head, workspace, incoming, outgoing } = call;
    const kept = this.reporter.clip(bytes);
    this.reporter.report(call, {
      request,
      source: 'mock',
      mock,
      reply: { status: reply.status, headers: reply.headers, body: kept, ownsBody: kept !== bytes },
      delayMs: reply.delayMs,
    });
    if (head.origin === undefined && reply.framedHeaders !== undefined && bytes.length > 0)
      return writeStatic(call, reply, bytes);
    const headers =
      head.origin !== undefined && workspace.settings.cors
        ? [...reply.headers, ...corsHeaders(head.origin, reply.headers)]
        : reply.headers;
    writeReply(incoming, outgoing, { status: reply.status, statusMessage: reply.statusMessage, headers, body: bytes });
  }
}

/** The most travelled road: everything but the date was made when the mock was first hit. */
function writeStatic({ incoming, outgoing }: Call, reply: Reply, bytes: Uint8Array): void {
  if (bytes.length > 65_536)
    return writeReply(incoming, outgoing, {
      status: reply.status,
      statusMessage: reply.statusMessage,
      headers: reply.headers,
      body: bytes,
    });
  const headers = reply.framedHeaders as string[];
  if (reply.statusMessage === undefined) outgoing.writeHead(reply.status, headers);
  else outgoing.writeHead(reply.status, reply.statusMessage, headers);
  if (incoming.method === 'HEAD') outgoing.end();
  else outgoing.end(bytes);
}

/** Waits, but not for a client that has left. */
function wait({ outgoing }: Call, delayMs: number): Promise<void> {
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
