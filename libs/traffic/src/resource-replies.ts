import { Injectable } from '@nestjs/common';
import {
  engineHost,
  withoutHeaders,
  type CatalogMock,
  type MockRequest,
  type ResourceAnswer,
} from '@mock-server/engine';
import { ResourceItems } from '@mock-server/mocks';
import { type Call } from './call';
import { corsHeaders } from './cors';
import { problemReply } from './plain-problem';
import { ReplyPlanner } from './reply-planner';
import { Reporter } from './reporter';
import { wait } from './wait';

interface Hit {
  readonly request: MockRequest;
  readonly mock: CatalogMock;
}

const encoder = new TextEncoder();

/** Answers for a mock that is a resource. What it writes is written before its delay. */
@Injectable()
export class ResourceReplies {
  constructor(
    private readonly items: ResourceItems,
    private readonly reporter: Reporter,
    private readonly planner: ReplyPlanner,
  ) {}

  send(call: Call, request: MockRequest, mock: CatalogMock): void | Promise<void> {
    const { resource } = mock;
    if (resource === undefined) return this.refuse(call, { request, mock });
    const answer = this.items.answer(call.workspace.id, resource, request, engineHost().random);
    return answer instanceof Promise
      ? answer.then(known => this.write(call, { request, mock }, known))
      : this.write(call, { request, mock }, answer);
  }

  private async write(call: Call, hit: Hit, answer: ResourceAnswer): Promise<void> {
    const { delayMs, delivery } = await this.planner.plan(call.workspace, hit.request, hit.mock);
    const headers = headersOf(call, hit, answer);
    const body = answer.body === undefined ? new Uint8Array(0) : encoder.encode(answer.body);
    const reply = { status: answer.status, headers, body };
    const outcome = { ...hit, source: 'mock' as const, delayMs, delivery, reply };
    if (delayMs > 0) await wait(call.outgoing, delayMs);
    await this.reporter.deliver(call, outcome);
  }

  /** Refused at save, so it comes from another version. */
  private refuse(call: Call, hit: Hit): void {
    const detail = `The resource of mock ${hit.mock.title} cannot be used: save the mock again to learn why.`;
    this.reporter.reply(call, { ...hit, source: 'mock', reply: problemReply('internal', detail) });
  }
}

/** The mock's own headers stand in for those of the answer with the same name. */
function headersOf({ head, workspace }: Call, { mock }: Hit, answer: ResourceAnswer): string[] {
  const own = mock.reply.headers;
  const names = new Set(own.filter((_, i) => i % 2 === 0).map(name => name.toLowerCase()));
  const isProblem = answer.status >= 400;
  const headers = isProblem ? withoutHeaders(own, name => name === 'content-type') : [...own];
  for (let i = 0; i < answer.headers.length; i += 2) {
    const name = answer.headers[i]!;
    if (isProblem || !names.has(name.toLowerCase())) headers.push(name, answer.headers[i + 1]!);
  }
  if (head.origin !== undefined && workspace.settings.cors) headers.push(...corsHeaders(head.origin, headers));
  return headers;
}
