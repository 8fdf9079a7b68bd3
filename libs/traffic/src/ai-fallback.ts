import { type MockRequest } from '@mock-server/engine';
import { LiveAnswers } from '@mock-server/ai';
import { Injectable } from '@nestjs/common';
import { type Call } from './call';
import { corsOf } from './cors';
import { type FallbackOutcome } from './fallback-outcome';
import { Reporter } from './reporter';

const noBytes = new Uint8Array(0);
const encoder = new TextEncoder();

/** Has a miss answered by AI. */
@Injectable()
export class AiFallback {
  constructor(
    private readonly answers: LiveAnswers,
    private readonly reporter: Reporter,
  ) {}

  async answer(call: Call, request: MockRequest): Promise<FallbackOutcome> {
    const { outgoing, workspace } = call;
    const clientGone = new AbortController();
    const onClose = (): void => clientGone.abort();
    outgoing.once('close', onClose);
    const answer = await this.answers.answer(workspace, request, clientGone.signal);
    outgoing.off('close', onClose);
    switch (answer.kind) {
      case 'absent':
        return 'absent';
      case 'failed':
        return answer;
      case 'gone':
        this.reportGone(call, request);
        return 'answered';
      case 'answered': {
        const { status, headers, body } = answer.reply;
        const all = [...headers, ...corsOf(call, headers)];
        const note = answer.isNew ? 'generated' : 'generated before';
        this.reporter.reply(call, {
          request,
          source: 'ai',
          reply: { status, headers: all, body: encoder.encode(body) },
          note,
        });
        return 'answered';
      }
      default:
        return answer satisfies never;
    }
  }

  private reportGone(call: Call, request: MockRequest): void {
    const reply = { status: 499, headers: [], body: noBytes, ownsBody: true };
    this.reporter.report(call, { request, source: 'ai', reply, note: 'client gone' });
  }
}
