import { counterField, entryField, readField } from './state-field';
import {
  boundOf,
  bytesOf,
  finalChanges,
  type StateChange,
  type StateLimits,
  type StateTable,
  type StateUsage,
  type StateView,
  type TableBound,
  maxEntryBytes,
} from './state-store';

interface Kept {
  readonly value: unknown;
  readonly bytes: number;
  /** Entries of a table stand in this order; numbers rise over all tables. */
  readonly order: number;
}

type ChangeToMake = { readonly change: StateChange; readonly kept: Omit<Kept, 'order'> | undefined };

class Table {
  entries = new Map<string, Kept>();
  readonly isDropping: boolean;
  counter = 0;
  lastOrder = 0;
  isOutOfOrder = false;

  constructor(readonly bound: TableBound) {
    this.isDropping = bound.whenFull === 'drop-oldest';
  }
}

/** Is told which fields a change touched: entries, and counters of tables. */
type Touch = (field: string) => void;

/** The state of one workspace in memory: all of it, or a copy of what is kept elsewhere field by field. */
export class WorkspaceState implements StateView {
  private readonly known = new Map<StateTable, Table>();
  private bytes = 0;
  private lastOrder = 0;

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
    const table = this.known.get(name);
    if (table?.isOutOfOrder === true) putInOrder(table);
    return Array.from(table?.entries ?? [], ([key, { value }]) => [key, value] as const);
  }

  counter(name: StateTable): number {
    return this.known.get(name)?.counter ?? 0;
  }

  tables(): readonly StateTable[] {
    return [...this.known].filter(([, table]) => table.entries.size > 0).map(([name]) => name);
  }

  /** All of them, or none: false when they do not fit. */
  apply(given: readonly StateChange[], touch?: Touch): boolean {
    const changes = finalChanges(given).map(change => ({ change, kept: keptOf(change) }));
    if (!this.fits(changes)) return false;
    for (const change of changes) this.make(change, touch);
    return true;
  }

  /** A field as text; undefined: there is nothing. */
  read(field: string): string | undefined {
    const { table: name, key } = readField(field);
    const table = this.known.get(name);
    if (key === undefined) return table === undefined || table.counter === 0 ? undefined : String(table.counter);
    const kept = table?.entries.get(key);
    return kept === undefined ? undefined : `${kept.order}:${JSON.stringify(kept.value)}`;
  }

  /** What {@link read} gave of another copy. */
  write(field: string, text: string | undefined): void {
    const { table: name, key } = readField(field);
    const table = this.tableAt(name);
    if (key === undefined) {
      table.counter = Number(text ?? 0);
      return;
    }
    const known = table.entries.get(key);
    const colon = text?.indexOf(':') ?? 0;
    const order = Number(text?.slice(0, colon));
    this.remove(table, key, { keepsPlace: known?.order === order });
    if (text === undefined) return;
    const json = text.slice(colon + 1);
    this.keep(table, key, { value: JSON.parse(json) as unknown, bytes: bytesOf(key, json), order });
  }

  private fits(changes: readonly ChangeToMake[]): boolean {
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

  private make({ change, kept }: ChangeToMake, touch: Touch | undefined): void {
    const table = this.tableAt(change.table);
    switch (change.kind) {
      case 'set': {
        const old = table.isDropping ? undefined : table.entries.get(change.key);
        this.remove(table, change.key, { keepsPlace: !table.isDropping });
        this.keep(table, change.key, { ...kept!, order: old?.order ?? ++this.lastOrder });
        touch?.(entryField(change.table, change.key));
        if (table.isDropping && table.entries.size > table.bound.maxEntries)
          this.dropOldest(change.table, table, touch);
        return;
      }
      case 'delete':
        this.remove(table, change.key, { keepsPlace: false });
        touch?.(entryField(change.table, change.key));
        return;
      case 'count':
        table.counter = change.to;
        touch?.(counterField(change.table));
        return;
      case 'clear':
        this.clear(change.table, table, touch);
        return;
      default:
        change satisfies never;
    }
  }

  private clear(name: StateTable, { entries, counter }: Table, touch: Touch | undefined): void {
    for (const [key, { bytes }] of entries) {
      this.bytes -= bytes;
      touch?.(entryField(name, key));
    }
    if (counter > 0) touch?.(counterField(name));
    this.known.delete(name);
  }

  private keep(table: Table, key: string, kept: Kept): void {
    if (!table.isDropping && kept.order < table.lastOrder && !table.entries.has(key)) table.isOutOfOrder = true;
    table.entries.set(key, kept);
    table.lastOrder = Math.max(table.lastOrder, kept.order);
    this.lastOrder = Math.max(this.lastOrder, kept.order);
    this.bytes += kept.bytes;
  }

  /** A key that is set again keeps its place among the others. */
  private remove(table: Table, key: string, { keepsPlace }: { readonly keepsPlace: boolean }): void {
    const kept = table.entries.get(key);
    if (kept === undefined) return;
    this.bytes -= kept.bytes;
    if (!keepsPlace) table.entries.delete(key);
  }

  private dropOldest(name: StateTable, table: Table, touch: Touch | undefined): void {
    const [oldest] = table.entries.keys();
    if (oldest === undefined) return;
    this.remove(table, oldest, { keepsPlace: false });
    touch?.(entryField(name, oldest));
    this.onDrop();
  }

  private tableAt(name: StateTable): Table {
    let table = this.known.get(name);
    if (table === undefined) this.known.set(name, (table = new Table(boundOf(name, this.limits))));
    return table;
  }
}

function putInOrder(table: Table): void {
  table.entries = new Map([...table.entries].sort(([, a], [, b]) => a.order - b.order));
  table.isOutOfOrder = false;
}

function keptOf(change: StateChange): ChangeToMake['kept'] {
  if (change.kind !== 'set') return undefined;
  return { value: change.value, bytes: bytesOf(change.key, JSON.stringify(change.value)) };
}

/** Scenarios are bounded by their number, and must go on when the workspace is full. */
function isCounted({ table }: StateChange): boolean {
  return table === 'values' || table.startsWith('resource:');
}
