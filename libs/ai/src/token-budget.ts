import { CONFIG, type Config } from '@mock-server/config';
import { Inject, Injectable } from '@nestjs/common';
import { type Tokens } from './ai-provider';
import { type Owner, secondsToMidnight, TokenUsage, type OwnerUsage } from './token-usage';

/** A budget that is spent; the sentence says which. */
export interface Spent {
  readonly detail: string;
  /** Until the next day begins. */
  readonly retryAfterSeconds: number;
}

/** Whether there are tokens left today. What is under way is not counted yet: a budget may be overspent by that much. */
@Injectable()
export class TokenBudget {
  /** Of today, as was seen last; for the summary of health. */
  private spentUntil = 0;

  constructor(
    private readonly usage: TokenUsage,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ai'>,
  ) {}

  /** That all workspaces together were found to have used all of today. */
  get isSpent(): boolean {
    return Date.now() < this.spentUntil;
  }

  /** Undefined: go ahead. */
  async spentFor(owners: readonly Owner[]): Promise<Spent | undefined> {
    const rows = await this.usage.today();
    const { dailyTokens, workspaceDailyTokens } = this.config.ai;
    const total = sumOf(rows.filter(({ kind }) => kind === 'workspace'));
    const retryAfterSeconds = secondsToMidnight();
    if (total >= dailyTokens) {
      this.spentUntil = Date.now() + retryAfterSeconds * 1_000;
      return { retryAfterSeconds, detail: `All ${dailyTokens} tokens of today are used (AI_DAILY_TOKENS).` };
    }
    for (const { kind, id } of owners) {
      if (kind !== 'workspace') continue;
      const used = sumOf(rows.filter(row => row.kind === kind && row.id === id));
      if (used >= workspaceDailyTokens)
        return {
          retryAfterSeconds,
          detail: `This workspace has used all its ${workspaceDailyTokens} tokens of today (AI_WORKSPACE_DAILY_TOKENS).`,
        };
    }
    return undefined;
  }

  add(owners: readonly Owner[], tokens: Tokens): void {
    this.usage.add(owners, tokens);
  }
}

function sumOf(rows: readonly OwnerUsage[]): number {
  return rows.reduce((sum, { input, output }) => sum + input + output, 0);
}
