import { type JournalEntry } from './journal-entry';

export type SequenceMode = 'loose' | 'strict';

/** One run of the sequence: which exchanges its first steps found. */
interface Run {
  readonly found: readonly JournalEntry[];
}

export interface SequenceReport {
  readonly verified: boolean;
  /** The exchange of each step that was found: all of them, or those of the furthest attempt. */
  readonly found: readonly JournalEntry[];
  /** What came where the next step was expected; strict only. */
  readonly instead: JournalEntry | undefined;
}

type Matches = (entry: JournalEntry) => boolean;

/**
 * Looks for requests in a given order, an exchange at a time, oldest first. `loose`: others may come between. `strict`: directly one
 * after the other. A request can be one step of a run only.
 */
export class SequenceSearch {
  private runs: Run[] = [];
  private best: SequenceReport = { verified: false, found: [], instead: undefined };

  constructor(
    private readonly steps: readonly Matches[],
    private readonly mode: SequenceMode,
  ) {}

  /** True when it was found, and nothing more need be shown. */
  see(entry: JournalEntry): boolean {
    return this.mode === 'loose' ? this.seeLoose(entry) : this.seeStrict(entry);
  }

  report(): SequenceReport {
    return this.best;
  }

  /** The earliest request for each step leaves most room for the next: one run is enough. */
  private seeLoose(entry: JournalEntry): boolean {
    const { found } = this.best;
    if (this.steps[found.length]?.(entry) !== true) return false;
    return this.keep({ found: [...found, entry] }, undefined);
  }

  /** Any request may begin a run; all runs go on side by side, at most one for each step. */
  private seeStrict(entry: JournalEntry): boolean {
    const next: Run[] = [];
    for (const run of [...this.runs, { found: [] }]) {
      if (this.steps[run.found.length]!(entry)) {
        const longer: Run = { found: [...run.found, entry] };
        if (this.keep(longer, undefined)) return true;
        next.push(longer);
      } else if (
        run.found.length > 0 &&
        run.found.length === this.best.found.length &&
        this.best.instead === undefined
      ) {
        this.best = { ...this.best, instead: entry };
      }
    }
    this.runs = next;
    return false;
  }

  private keep({ found }: Run, instead: JournalEntry | undefined): boolean {
    const verified = found.length === this.steps.length;
    if (found.length > this.best.found.length) this.best = { verified, found, instead };
    return verified;
  }
}
