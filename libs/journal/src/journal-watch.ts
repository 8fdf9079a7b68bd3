import { type JournalEntry } from './journal-entry';

/** Is told of the exchanges of one workspace, in order, soon after they were answered. */
export interface Watcher {
  /** `missed`: how many more there were that the journal does not hold (any more). */
  onEntries(entries: readonly JournalEntry[], missed: number): void;
  /** Exchanges were taken out on purpose. */
  onRemoved?(): void;
}

/** What is read of the journal between two looks at it. */
export interface JournalNews {
  readonly entries: readonly JournalEntry[];
  readonly added: number;
  /** Of the workspace: another one's may be higher, and still be there before its next. */
  readonly last: number;
}

interface Watched {
  readonly watchers: Set<Watcher>;
  /** Sequence number of the last exchange that was told. */
  cursor: number;
  /** How many exchanges had been added by then. */
  added: number;
}

const entriesAtOnce = 500;

/**
 * Tells watchers of new exchanges after the requests of this turn of the event loop were answered: a request pays for setting a flag,
 * and only while somebody watches.
 */
export class JournalWatch {
  private readonly byWorkspace = new Map<string, Watched>();
  private isPending = false;

  constructor(private readonly read: (workspaceId: string, after: number, limit: number) => JournalNews) {}

  get isOn(): boolean {
    return this.byWorkspace.size > 0;
  }

  /** Returns what ends it. The first to be told is the next exchange. */
  add(workspaceId: string, watcher: Watcher): () => void {
    const known = this.byWorkspace.get(workspaceId);
    if (known !== undefined) this.tellAll(workspaceId, known);
    const { last, added } = this.read(workspaceId, Number.MAX_SAFE_INTEGER - 1, 0);
    const watched = known ?? { watchers: new Set(), cursor: last, added };
    watched.watchers.add(watcher);
    this.byWorkspace.set(workspaceId, watched);
    return () => {
      watched.watchers.delete(watcher);
      if (watched.watchers.size === 0) this.byWorkspace.delete(workspaceId);
    };
  }

  workspaces(): string[] {
    return [...this.byWorkspace.keys()];
  }

  /** There is something new. */
  wake(): void {
    if (this.isPending) return;
    this.isPending = true;
    setImmediate(() => {
      this.isPending = false;
      for (const [workspaceId, watched] of this.byWorkspace) this.tell(workspaceId, watched);
    });
  }

  removed(workspaceId: string): void {
    for (const watcher of this.byWorkspace.get(workspaceId)?.watchers ?? []) watcher.onRemoved?.();
  }

  private tellAll(workspaceId: string, watched: Watched): void {
    while (this.tell(workspaceId, watched));
  }

  /** True when there is more. */
  private tell(workspaceId: string, watched: Watched): boolean {
    const { entries, added, last } = this.read(workspaceId, watched.cursor, entriesAtOnce);
    const isWhole = entries.length < entriesAtOnce;
    // What is missing is known only at the end: before it, more may be on its way.
    const missed = isWhole ? Math.max(0, added - watched.added - entries.length) : 0;
    watched.added = isWhole ? added : watched.added + entries.length;
    watched.cursor = isWhole ? last : entries.at(-1)!.sequence;
    if (entries.length > 0 || missed > 0)
      for (const watcher of [...watched.watchers]) watcher.onEntries(entries, missed);
    if (!isWhole) this.wake();
    return !isWhole;
  }
}
