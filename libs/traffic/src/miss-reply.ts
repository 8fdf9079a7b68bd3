import { Injectable } from '@nestjs/common';
import { type AiFailure } from '@mock-server/ai';
import { type CatalogView, type MockRequest } from '@mock-server/engine';
import { ScenarioStates } from '@mock-server/mocks';
import { type Call } from './call';
import { corsOf, preflightHeaders } from './cors';
import { Fallbacks } from './fallbacks';
import { reportMiss } from './miss-report';
import { notReadyReply, problemReply } from './plain-problem';
import { Reporter } from './reporter';

const nearMissCount = 3;

/**
 * What a miss gets: the first fallback of the workspace that answers, else what kept the first from it, else the 404 that says what
 * was closest; a preflight is answered without a mock.
 */
@Injectable()
export class MissReply {
  constructor(
    private readonly fallbacks: Fallbacks,
    private readonly scenarios: ScenarioStates,
    private readonly reporter: Reporter,
  ) {}

  /** Whether a request body may go straight on to a backend. */
  canStream(call: Call): boolean {
    return this.fallbacks.canStream(call.workspace);
  }

  async send(call: Call, catalog: CatalogView, request: MockRequest): Promise<void> {
    let failure: AiFailure | undefined;
    for (const kind of call.workspace.settings.fallbacks) {
      const outcome = await this.fallbacks.answer(kind, call, request);
      if (outcome === 'answered') return;
      if (outcome !== 'absent') failure ??= outcome;
    }
    if (failure === undefined) await this.sayWhatWasClosest(call, catalog, request);
    else this.sayWhatFailed(call, request, failure);
  }

  /** Nothing is loaded yet that could match. */
  sayNotReady(call: Call): void {
    this.reporter.refuse(call, notReadyReply());
  }

  answerPreflight(call: Call, request: MockRequest): void {
    this.reporter.reply(call, {
      request,
      source: 'none',
      reply: { status: 204, headers: preflightHeaders(call.head), body: new Uint8Array(0) },
      note: 'CORS preflight',
    });
  }

  private sayWhatFailed(call: Call, request: MockRequest, { problem, detail, retryAfterSeconds }: AiFailure): void {
    const reply = problemReply(problem, detail, retryAfterSeconds);
    const headers = [...reply.headers, ...corsOf(call, reply.headers)];
    this.reporter.reply(call, { request, source: 'ai', reply: { ...reply, headers }, note: detail });
  }

  private async sayWhatWasClosest(call: Call, catalog: CatalogView, request: MockRequest): Promise<void> {
    const question = { request, limit: nearMissCount };
    const nearest = await this.scenarios.nearest(call.workspace.id, catalog, question);
    const { contentType, body } = reportMiss(request, nearest);
    const headers = ['Content-Type', contentType];
    headers.push(...corsOf(call, headers));
    this.reporter.reply(call, { request, source: 'none', reply: { status: 404, headers, body } });
  }
}
