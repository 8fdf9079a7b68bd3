import { Injectable } from '@nestjs/common';
import { type CatalogMock, type MockRequest, type Reply, type ReplyMessage } from '@mock-server/engine';
import { type SentReply } from '@mock-server/journal';
import { FileStore } from '@mock-server/mocks';
import { type Call } from './call';
import { corsHeaders } from './cors';
import { type Hit } from './hit';
import { replyFileMissing } from './missing-file';
import { MadeReplies } from './made-replies';
import { ReplyEncoding } from './reply-encoding';
import { ReplyPlanner } from './reply-planner';
import { Reporter } from './reporter';
import { wait } from './wait';
import { writeMessage } from './write-whole';

/** Sends what a mock answers: at once, or the one of several whose turn it is, as its plan and the workspace's delays say. */
@Injectable()
export class MockReply {
  constructor(
    private readonly files: FileStore,
    private readonly reporter: Reporter,
    private readonly made: MadeReplies,
    private readonly planner: ReplyPlanner,
    private readonly encoding: ReplyEncoding,
  ) {}

  send(call: Call, request: MockRequest, mock: CatalogMock): void | Promise<void> {
    const { reply } = mock;
    const { workspace } = call;
    if (
      mock.choice !== undefined ||
      reply.plan !== undefined ||
      reply.proxy !== undefined ||
      workspace.fixedDelayMs !== undefined ||
      workspace.delayDistribution !== undefined
    ) {
      return this.sendPlanned(call, request, mock);
    }
    const { message } = reply;
    if (message !== undefined && reply.template === undefined && this.isPlainCall(call, reply, message))
      return this.writeAtOnce(call, { request, mock, message });
    return this.sendNow(call, { request, mock, reply, delayMs: 0, delivery: undefined });
  }

  private isPlainCall(call: Call, { status, headers }: Reply, { length }: ReplyMessage): boolean {
    const { head } = call;
    if (head.origin !== undefined || length > this.reporter.maxJournalBodyBytes) return false;
    return !head.acceptsGzip || !this.encoding.applies(call, { status, headers, length });
  }

  /** The most travelled road: nothing is made here that could have been made before. */
  private writeAtOnce(call: Call, { request, mock, message }: MessageOfMock): void {
    const { status, headers, sent } = mock.reply;
    if (sent !== undefined) this.reporter.report(call, { request, source: 'mock', mock, reply: sent });
    if (!call.outgoing.destroyed) writeMessage(call.incoming, call.outgoing, { status, headers, message });
  }

  private async sendPlanned(call: Call, request: MockRequest, mock: CatalogMock): Promise<void> {
    const hit = await this.planner.plan(call.workspace, request, mock);
    // What a backend says waits when it has come.
    if (hit.delayMs > 0 && hit.reply.proxy === undefined) await wait(call.outgoing, hit.delayMs);
    await this.sendNow(call, hit);
  }

  private sendNow(call: Call, hit: Hit): void | Promise<void> {
    const { reply } = hit;
    if (this.made.makes(hit)) return this.made.send(call, hit);
    if (reply.body.kind === 'file') return this.sendFile(call, hit, reply.body.name);
    return this.write(call, hit, reply.body.bytes);
  }

  private async sendFile(call: Call, hit: Hit, name: string): Promise<void> {
    const bytes = await this.files.read(call.workspace.id, name);
    if (bytes === undefined) replyFileMissing(this.reporter, call, { ...hit, name });
    else await this.write(call, hit, bytes);
  }

  private write(call: Call, { request, mock, reply, delayMs, delivery }: Hit, bytes: Uint8Array): void | Promise<void> {
    const { head, workspace } = call;
    const { status, statusMessage } = reply;
    const body = this.reporter.clip(bytes);
    const fault = delivery?.kind === 'fault' ? delivery.fault : undefined;
    const sent: SentReply = {
      status,
      headers: reply.headers,
      body,
      ownsBody: body !== bytes,
      place: reply.place,
      fault,
    };
    this.reporter.report(call, { request, source: 'mock', mock, reply: sent, delayMs });
    const cors =
      head.origin !== undefined && workspace.settings.cors ? corsHeaders(head.origin, reply.headers) : undefined;
    const headers = cors === undefined ? reply.headers : [...reply.headers, ...cors];
    const whole = { status, statusMessage, headers, body: bytes };
    return this.encoding.deliver(call, whole, { delivery, isShared: true });
  }
}

interface MessageOfMock {
  readonly request: MockRequest;
  readonly mock: CatalogMock;
  readonly message: ReplyMessage;
}
