import { type EntryCount } from './entry-count';
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

interface WaitOptions {
  readonly wish: WaitWish;
  readonly entries: EntryCount;
  readonly onEnd: (outcome: WaitOutcome) => void;
}

/**
 * One who waits, from now on. What is in the journal counts; exchanges that are dropped meanwhile stay counted. When time is over while the
 * journal is still looked through, that is brought to its end first: so whoever has no time to wait has a count, too.
 */
export class RequestWait {
  private readonly startedAt = performance.now();
  private readonly timeout: NodeJS.Timeout;
  private readonly stop: () => void;
  private quiet: NodeJS.Timeout | undefined;
  private count = 0;
  /** Of those that were told since the journal began to be looked through. */
  private foundSince = 0;
  /** The number of the last that was told, or was there before; what is not told yet will be. */
  private told: number;
  private isCounting = false;
  /** Something was taken out since the journal began to be looked through. */
  private isStale = false;
  private isTimeOver = false;
  private isOver = false;

  constructor(
    private readonly place: { readonly journal: Journal; readonly workspaceId: string },
    private readonly options: WaitOptions,
  ) {
    const { journal, workspaceId } = place;
    this.told = journal.lastOf(workspaceId);
    this.stop = journal.onExchange(workspaceId, {
      onEntries: entries => this.add(entries),
      onRemoved: () => void this.recount(),
    });
    this.timeout = setTimeout(() => {
      this.isTimeOver = true;
      this.judge();
    }, options.wish.timeoutMs);
    void this.recount();
  }

  end(reason: WaitOutcome['reason']): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timeout);
    clearTimeout(this.quiet);
    this.stop();
    const waitedMs = Math.round(performance.now() - this.startedAt);
    this.options.onEnd({ satisfied: reason === 'satisfied', reason, count: this.count, waitedMs });
  }

  private add(entries: readonly JournalEntry[]): void {
    this.told = entries.at(-1)?.sequence ?? this.told;
    const found = entries.filter(this.options.wish.matches).length;
    this.count += found;
    this.foundSince += found;
    if (found > 0) this.judge();
  }

  private async recount(): Promise<void> {
    this.isStale = true;
    clearTimeout(this.quiet);
    if (this.isCounting) return;
    this.isCounting = true;
    while (this.isStale && !this.isOver) {
      this.isStale = false;
      this.foundSince = 0;
      const found = await this.options.entries.count(this.place.journal, {
        workspaceId: this.place.workspaceId,
        matches: this.options.wish.matches,
        last: this.told,
        isWanted: () => !this.isOver,
      });
      this.count = found + this.foundSince;
      if (this.isTimeOver) break;
    }
    this.isCounting = false;
    this.judge();
  }

  private judge(): void {
    clearTimeout(this.quiet);
    if (this.isCounting || this.isOver) return;
    const { least, most, quietMs } = this.options.wish;
    if (this.count > most) this.end('too-many');
    else if (this.count >= least) {
      if (quietMs === 0) this.end('satisfied');
      else this.quiet = setTimeout(() => this.end('satisfied'), quietMs);
    }
    if (this.isTimeOver) this.end('timeout');
  }
}
