import { CONFIG, type Config } from '@mock-server/config';
import { CircuitBreaker, ConnectionSlots } from '@mock-server/outbound';
import { Inject, Injectable } from '@nestjs/common';
import { AiMetrics } from './ai-metrics';
import { AI_PROVIDER, type AiFault, type AiProvider, type AiQuestion, type AiReply } from './ai-provider';
import { failed, type AiFailure } from './ai-failure';
import { TokenBudget } from './token-budget';
import { type Owner } from './token-usage';

export type Generation = { readonly kind: 'generated'; readonly output: unknown } | AiFailure;

const maxRunning = 2;
const maxWaiting = 20;
const longestWaitMs = 15_000;
const breakAfter = 3;
const longestRestSeconds = 600;
/** How long a trouble is told after it was seen last. */
const troubleTellsMs = 600_000;

/**
 * Asks the model, within what may be spent and as many at a time as may run. One that fails again and again, or asks for a pause, is
 * left alone: who asks meanwhile hears so at once.
 */
@Injectable()
export class Generator {
  private readonly slots: ConnectionSlots;
  private readonly breaker = new CircuitBreaker(breakAfter);
  /** `performance.now()` */
  private restsUntil = 0;
  private seen: { readonly at: number; readonly detail: string } | undefined;

  constructor(
    @Inject(AI_PROVIDER) private readonly provider: AiProvider,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ai'>,
    private readonly budget: TokenBudget,
    private readonly metrics: AiMetrics,
  ) {
    this.slots = new ConnectionSlots({
      max: maxRunning,
      maxWaiting,
      maxWaitMs: Math.min(config.ai.timeoutMs, longestWaitMs),
    });
  }

  get isConfigured(): boolean {
    return this.config.ai.apiKey !== undefined;
  }

  get model(): string {
    return this.provider.model;
  }

  /** What is wrong with the AI, as far as was seen lately; undefined: nothing. */
  get trouble(): string | undefined {
    if (this.budget.isSpent) return 'All tokens of today are used (AI_DAILY_TOKENS).';
    return this.seen !== undefined && performance.now() - this.seen.at < troubleTellsMs ? this.seen.detail : undefined;
  }

  /** The parsed JSON of the answer; nothing else of it is checked here. */
  async generate(question: AiQuestion, owners: readonly Owner[], signal: AbortSignal): Promise<Generation> {
    const resting = this.restSeconds();
    if (resting !== undefined) return this.resting(resting);
    const slot = await this.slots.take(signal);
    if (slot === 'aborted') return failed('draining', 'The generation was broken off.');
    if (slot !== 'taken')
      return failed('ai-busy', `${maxRunning} generations run and others wait. Try again in a moment.`);
    try {
      return await this.generateNow(question, owners, signal);
    } finally {
      this.slots.release();
    }
  }

  private async generateNow(question: AiQuestion, owners: readonly Owner[], signal: AbortSignal): Promise<Generation> {
    const spent = await this.budget.spentFor(owners);
    if (spent !== undefined) return failed('ai-budget-spent', spent.detail, spent.retryAfterSeconds);
    const resting = this.restSeconds(); // those who waited for their turn learn it too
    const passage = resting === undefined ? this.breaker.admit() : undefined;
    if (passage === undefined) return this.resting(resting);
    const reply = await this.provider.ask(question, signal);
    this.breaker.end(passage, fateOf(reply));
    this.note(reply);
    if (reply.tokens !== undefined) this.budget.add(owners, reply.tokens);
    if (reply.kind === 'failed') {
      if (reply.fault !== 'aborted') this.metrics.count(false, reply.tokens);
      return failureOf(reply);
    }
    const output = parse(reply.text);
    this.metrics.count(output !== undefined, reply.tokens);
    return output === undefined
      ? failed('ai-failed', 'The answer of the AI is not what it was asked for.')
      : { kind: 'generated', output };
  }

  /** Undefined: it does not rest by its own word. */
  private restSeconds(): number | undefined {
    const left = this.restsUntil - performance.now();
    if (left > 0) return Math.ceil(left / 1_000);
    return undefined;
  }

  private resting(seconds: number | undefined): AiFailure {
    const detail = 'The AI failed again and again, or asked for a pause, and is left alone for a moment.';
    return failed('ai-unavailable', detail, seconds);
  }

  private note(reply: AiReply): void {
    if (reply.kind === 'answered') this.seen = undefined;
    else if (isItsOwn(reply)) this.seen = { at: performance.now(), detail: reply.detail };
    if (reply.kind === 'failed' && reply.fault === 'busy' && reply.retryAfterSeconds !== undefined)
      this.restsUntil = performance.now() + Math.min(reply.retryAfterSeconds, longestRestSeconds) * 1_000;
  }
}

function isItsOwn({ fault }: AiFault): boolean {
  return fault === 'unreachable' || fault === 'busy' || fault === 'unauthorized';
}

/** What one question brought about tells nothing of the others. */
function fateOf(reply: AiReply): 'answered' | 'failed' | 'neither' {
  if (reply.kind === 'answered') return 'answered';
  return isItsOwn(reply) ? 'failed' : 'neither';
}

function failureOf({ fault, detail, retryAfterSeconds }: AiFault): AiFailure {
  switch (fault) {
    case 'unreachable':
    case 'busy':
    case 'unauthorized':
      return failed(
        'ai-unavailable',
        detail,
        retryAfterSeconds === undefined ? undefined : Math.ceil(retryAfterSeconds),
      );
    case 'refused':
    case 'unusable':
      return failed('ai-failed', detail);
    case 'aborted':
      return failed('draining', detail);
    default:
      return fault satisfies never;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
