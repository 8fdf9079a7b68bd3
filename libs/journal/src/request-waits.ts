import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { Problem } from '@mock-server/http';
import { MetricsRegistry } from '@mock-server/metrics';
import { type Journal } from './journal';
import { type JournalEntry } from './journal-entry';

/** What somebody waits for. */
export interface WaitWish {
  readonly matches: (entry: JournalEntry) => boolean;
  readonly least: number;
  readonly most: number;
  /** Once the count is right, nothing more may come for so long. */
  readonly quietMs: number;
  readonly timeoutMs: number;
}

export interface WaitOutcome {
  readonly satisfied: boolean;
  readonly reason: 'satisfied' | 'timeout' | 'too-many' | 'client-gone' | 'shutting-down';
  readonly count: number;
  readonly waitedMs: number;
}

const maxWaits = 256;

/** Answers when enough matching requests came, or time is over. A bounded number at a time. */
@Injectable()
export class RequestWaits implements OnModuleInit, BeforeApplicationShutdown {
  private readonly waiting = new Set<(reason: WaitOutcome['reason']) => void>();
  private isShuttingDown = false;

  constructor(private readonly registry: MetricsRegistry) {}

  onModuleInit(): void {
    this.registry.gauge('journal_waits', 'Calls of /__admin/requests/wait that wait now.', () => this.waiting.size);
  }

  beforeApplicationShutdown(): void {
    this.isShuttingDown = true;
    for (const end of this.waiting) end('shutting-down');
  }

  /** What is in the journal counts; exchanges that are dropped while it waits stay counted. */
  wait(
    { journal, workspaceId }: { readonly journal: Journal; readonly workspaceId: string },
    wish: WaitWish,
    clientGone: AbortSignal,
  ): Promise<WaitOutcome> {
    if (this.waiting.size >= maxWaits)
      throw new Problem('too-many-requests', {
        detail: `${maxWaits} calls wait already; try again when one has ended.`,
      });
    const startedAt = performance.now();
    const recount = (): number => {
      let found = 0;
      for (const entry of journal.newestFirst(workspaceId)) if (wish.matches(entry)) found++;
      return found;
    };
    return new Promise(resolve => {
      let count = 0;
      let quiet: NodeJS.Timeout | undefined;
      const end = (reason: WaitOutcome['reason']): void => {
        if (!this.waiting.delete(end)) return;
        clearTimeout(timeout);
        clearTimeout(quiet);
        stop();
        clientGone.removeEventListener('abort', onGone);
        const waitedMs = Math.round(performance.now() - startedAt);
        resolve({ satisfied: reason === 'satisfied', reason, count, waitedMs });
      };
      const judge = (): void => {
        clearTimeout(quiet);
        if (count > wish.most) end('too-many');
        else if (count >= wish.least) {
          if (wish.quietMs === 0) end('satisfied');
          else quiet = setTimeout(() => end('satisfied'), wish.quietMs);
        }
      };
      const onGone = (): void => end('client-gone');
      const stop = journal.onExchange(workspaceId, {
        onEntries: entries => {
          const found = entries.filter(wish.matches).length;
          count += found;
          if (found > 0) judge();
        },
        onRemoved: () => {
          count = recount();
          judge();
        },
      });
      const timeout = setTimeout(() => end('timeout'), wish.timeoutMs);
      this.waiting.add(end);
      clientGone.addEventListener('abort', onGone);
      count = recount();
      if (clientGone.aborted) end('client-gone');
      else if (this.isShuttingDown) end('shutting-down');
      else judge();
    });
  }
}
