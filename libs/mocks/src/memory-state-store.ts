import {
  boundOf,
  bytesOf,
  finalChanges,
  type StateChange,
  type StateLimits,
  type StateStore,
  type StateTable,
  type StateTotals,
  type StateUsage,
  type StateView,
  type Step,
  type TableBound,
  maxEntryBytes,
} from './state-store';

/** State of this process: every step is one turn of the event loop, so no two mix. Gone when the process ends. */
export class MemoryStateStore implements StateStore {
  private readonly workspaces = new Map<string, WorkspaceState>();
  private readonly counts = { dropped: 0, refused: 0 };

  constructor(private readonly limits: StateLimits) {}

  get totals(): StateTotals {
    return this.counts;
  }

  transact<T>(workspaceId: string, work: (state: StateView) => Step<T>): T {
    const state = this.stateOf(workspaceId);
    const { result, changes, instead } = work(state);
    if (changes.length === 0 || state.apply(changes)) return result;
    this.counts.refused++;
    return instead ?? result;
  }

  forget(workspaceId: string): void {
    this.workspaces.delete(workspaceId);
  }

  usage(workspaceId: string): StateUsage {
    return this.workspaces.get(workspaceId)?.usage ?? { entries: 0, bytes: 0 };
  }

  private stateOf(workspaceId: string): WorkspaceState {
    let state = this.workspaces.get(workspaceId);
    if (state === undefined)
      this.workspaces.set(workspaceId, (state = new WorkspaceState(this.limits, () => this.counts.dropped++)));
    return state;
  }
}

interface Kept {
  readonly value: unknown;
  readonly bytes: number;
}

class Table {
  readonly entries = new Map<string, Kept>();
  readonly isDropping: boolean;
  counter = 0;

  constructor(readonly bound: TableBound) {
    this.isDropping = bound.whenFull === 'drop-oldest';
  }
}

class WorkspaceState implements StateView {
  private readonly known = new Map<StateTable, Table>();
  private bytes = 0;

  constructor(
    private readonly limits: StateLimits,
    private readonly onDrop: () => void,
  ) {}

  get usage(): StateUsage {
    let entries = 0;
    for (const table of this.known.values()) entries += table.entries.size;
    return { entries, bytes: this.bytes };
  }

  get(name: StateTable, key: string): unknown {
    const table = this.known.get(name);
    const kept = table?.entries.get(key);
    if (table === undefined || kept === undefined) return undefined;
    // The order of a table that drops is that of use.
    if (table.isDropping) {
      table.entries.delete(key);
      table.entries.set(key, kept);
    }
    return kept.value;
  }

  entries(name: StateTable): readonly (readonly [string, unknown])[] {
    return Array.from(this.known.get(name)?.entries ?? [], ([key, { value }]) => [key, value] as const);
  }

  counter(name: StateTable): number {
    return this.known.get(name)?.counter ?? 0;
  }

  tables(): readonly StateTable[] {
    return [...this.known].filter(([, table]) => table.entries.size > 0).map(([name]) => name);
  }

  /** All of them, or none: false when they do not fit. */
  apply(given: readonly StateChange[]): boolean {
    const changes = finalChanges(given).map(change => ({ change, kept: keptOf(change) }));
    if (!this.fits(changes)) return false;
    for (const { change, kept } of changes) this.make(change, kept);
    return true;
  }

  private fits(changes: readonly { readonly change: StateChange; readonly kept: Kept | undefined }[]): boolean {
    if (changes.some(({ change, kept }) => isCounted(change) && kept !== undefined && kept.bytes > maxEntryBytes))
      return false;
    let bytes = this.bytes;
    const sizes = new Map<StateTable, number>();
    const cleared = new Set<StateTable>();
    for (const { change, kept } of changes) {
      const table = this.known.get(change.table);
      if (change.kind === 'clear') {
        cleared.add(change.table);
        sizes.set(change.table, 0);
        for (const old of table?.entries.values() ?? []) bytes -= old.bytes;
      } else if (change.kind !== 'count') {
        const old = cleared.has(change.table) ? undefined : table?.entries.get(change.key);
        const size = sizes.get(change.table) ?? table?.entries.size ?? 0;
        sizes.set(change.table, size + (kept === undefined ? 0 : 1) - (old === undefined ? 0 : 1));
        bytes += (kept?.bytes ?? 0) - (old?.bytes ?? 0);
      }
    }
    if (bytes > this.limits.maxBytes && bytes > this.bytes && changes.some(({ change }) => isCounted(change)))
      return false;
    return [...sizes].every(([name, size]) => {
      const { maxEntries, whenFull } = boundOf(name, this.limits);
      return size <= maxEntries || whenFull === 'drop-oldest' || size <= (this.known.get(name)?.entries.size ?? 0);
    });
  }

  private make(change: StateChange, kept: Kept | undefined): void {
    const table = this.tableAt(change.table);
    switch (change.kind) {
      case 'set':
        this.remove(table, change.key, { keepsPlace: !table.isDropping });
        table.entries.set(change.key, kept!);
        this.bytes += kept!.bytes;
        if (table.isDropping && table.entries.size > table.bound.maxEntries) this.dropOldest(table);
        return;
      case 'delete':
        this.remove(table, change.key, { keepsPlace: false });
        return;
      case 'count':
        table.counter = change.to;
        return;
      case 'clear':
        for (const { bytes } of table.entries.values()) this.bytes -= bytes;
        this.known.delete(change.table);
        return;
      default:
        change satisfies never;
    }
  }

  /** A key that is set again keeps its place among the others. */
  private remove(table: Table, key: string, { keepsPlace }: { readonly keepsPlace: boolean }): void {
    const kept = table.entries.get(key);
    if (kept === undefined) return;
    this.bytes -= kept.bytes;
    if (!keepsPlace) table.entries.delete(key);
  }

  private dropOldest(table: Table): void {
    const [oldest] = table.entries.keys();
    if (oldest === undefined) return;
    this.remove(table, oldest, { keepsPlace: false });
    this.onDrop();
  }

  private tableAt(name: StateTable): Table {
    let table = this.known.get(name);
    if (table === undefined) this.known.set(name, (table = new Table(boundOf(name, this.limits))));
    return table;
  }
}

function keptOf(change: StateChange): Kept | undefined {
  if (change.kind !== 'set') return undefined;
  return { value: change.value, bytes: bytesOf(change.key, JSON.stringify(change.value)) };
}

/** Scenarios are bounded by their number, and must go on when the workspace is full. */
function isCounted({ table }: StateChange): boolean {
  return table === 'values' || table.startsWith('resource:');
}
