import { Injectable } from '@nestjs/common';
import { type CatalogMock, type MockRequest } from '@mock-server/engine';
import { type Awaitable, StateValues, TemplateEnvironments } from '@mock-server/mocks';
import { type Call } from './call';
import { MockReply } from './mock-reply';
import { problemReply } from './plain-problem';
import { Reporter } from './reporter';
import { ResourceReplies } from './resource-replies';
import { type WholeReply } from './write-reply';

type ActionsOutcome =
  | { readonly kind: 'done'; readonly written: ReadonlyMap<string, unknown> }
  | { readonly kind: 'failed'; readonly pointer: string; readonly message: string }
  | { readonly kind: 'full' };

/** Runs the state actions of a mock, once a hit, all of them or none; then the mock answers, by its reply or as a resource. */
@Injectable()
export class StatefulReplies {
  constructor(
    private readonly values: StateValues,
    private readonly environments: TemplateEnvironments,
    private readonly replies: MockReply,
    private readonly resources: ResourceReplies,
    private readonly reporter: Reporter,
  ) {}

  send(call: Call, request: MockRequest, mock: CatalogMock): void | Promise<void> {
    if (!mock.hasStateActions) return this.answer(call, request, mock);
    const outcome = this.runActions(call, request, mock);
    return outcome instanceof Promise
      ? outcome.then(known => this.goOn(call, { request, mock }, known))
      : this.goOn(call, { request, mock }, outcome);
  }

  private runActions(call: Call, request: MockRequest, mock: CatalogMock): Awaitable<ActionsOutcome> {
    const environment = this.environments.of(call);
    return this.values.run<ActionsOutcome>(
      call.workspace.id,
      state => {
        const failure = mock.stateActions.run(request, { ...environment, state });
        return failure === undefined
          ? { result: { kind: 'done', written: new Map(state.writes) }, isKept: true }
          : { result: { kind: 'failed', ...failure }, isKept: false };
      },
      { ifFull: { kind: 'full' } },
    );
  }

  private goOn(
    call: Call,
    hit: { readonly request: MockRequest; readonly mock: CatalogMock },
    outcome: ActionsOutcome,
  ): void | Promise<void> {
    const { request, mock } = hit;
    switch (outcome.kind) {
      case 'done':
        return this.answer({ ...call, written: outcome.written }, request, mock);
      case 'failed': {
        const detail = `The state action at ${outcome.pointer} of mock ${mock.title} fails: ${outcome.message}`;
        return this.refuse(call, hit, { reply: problemReply('internal', detail), note: 'state action failed' });
      }
      case 'full': {
        const detail = `What mock ${mock.title} wants to remember does not fit (STATE_MAX_KEYS, STATE_MAX_BYTES). Delete keys: DELETE /__admin/state/{key}.`;
        return this.refuse(call, hit, { reply: problemReply('state-full', detail), note: 'state is full' });
      }
      default:
        return outcome satisfies never;
    }
  }

  private answer(call: Call, request: MockRequest, mock: CatalogMock): void | Promise<void> {
    const replies = mock.resourceName === undefined ? this.replies : this.resources;
    return replies.send(call, request, mock);
  }

  private refuse(
    call: Call,
    hit: { readonly request: MockRequest; readonly mock: CatalogMock },
    { reply, note }: { readonly reply: WholeReply; readonly note: string },
  ): void {
    const headers = [...reply.headers, 'Matched-Stub-Id', hit.mock.id];
    this.reporter.reply(call, { ...hit, source: 'mock', reply: { ...reply, headers }, note });
  }
}
