import { Turns } from '@mock-server/database';
import { type Journal } from './journal';
import { type JournalEntry } from './journal-entry';

const entriesAtOnce = 25;

export interface CountWish {
  readonly workspaceId: string;
  readonly matches: (entry: JournalEntry) => boolean;
  /** Those with a higher number do not count. */
  readonly last: number;
  /** Once false, the rest is not looked at. */
  readonly isWanted: () => boolean;
}

/** Counts entries of journals: one count after the other, and for some milliseconds at a time, so that traffic is answered in between. */
export class EntryCount {
  private readonly turns = new Turns();
  private underWay: Promise<unknown> = Promise.resolve();

  count(journal: Journal, wish: CountWish): Promise<number> {
    const counted = this.underWay.then(() => this.countNow(journal, wish));
    this.underWay = counted.catch(() => undefined);
    return counted;
  }

  private async countNow(journal: Journal, { workspaceId, matches, last, isWanted }: CountWish): Promise<number> {
    let found = 0;
    let after = 0;
    while (isWanted() && after < last) {
      await this.turns.pause();
      const entries = journal.after(workspaceId, after, entriesAtOnce).filter(({ sequence }) => sequence <= last);
      found += entries.filter(matches).length;
      after = entries.at(-1)?.sequence ?? last;
    }
    return found;
  }
}
