import { isSessionScope } from '@mock-server/workspaces';

/** Injection token of the one {@link StateStore}. */
export const STATE_STORE = Symbol('STATE_STORE');

/** Now when it is known, later when it has to be asked for. */
export type Awaitable<T> = T | Promise<T>;

/**
 * Where a piece of state is kept. Each table has its own bound: of `scenarios` a workspace has as many as its mocks name; `instances`
 * and `sequences` make room by dropping the least recently used; `values` and each `resource:` refuse what does not fit.
 */
export type StateTable = 'scenarios' | 'instances' | 'sequences' | 'values' | 'catalog' | `resource:${string}`;

/** What was read is JSON, and never changed in place. */
export interface StateView {
  get(table: StateTable, key: string): unknown;
  /** In the order in which the keys came in. */
  entries(table: StateTable): readonly (readonly [key: string, value: unknown])[];
  /** The last number that was given away in this table; 0 at first. Clearing the table starts anew. */
  counter(table: StateTable): number;
  /** Those that hold something. */
  tables(): readonly StateTable[];
}

export type StateChange =
  | { readonly kind: 'set'; readonly table: StateTable; readonly key: string; readonly value: unknown }
  | { readonly kind: 'delete'; readonly table: StateTable; readonly key: string }
  | { readonly kind: 'count'; readonly table: StateTable; readonly to: number }
  | { readonly kind: 'clear'; readonly table: StateTable };

export interface Step<T> {
  readonly result: T;
  readonly changes: readonly StateChange[];
  /** What comes out when the changes do not fit; none of them is made then. */
  readonly instead?: T;
}

export interface StateUsage {
  /** Over all tables. */
  readonly entries: number;
  /** Of keys and values as JSON. */
  readonly bytes: number;
}

/**
 * The state of all workspaces. A step is whole: it sees the changes of all steps before it, and no other step happens between what it
 * reads and what it changes. In memory it happens at once. Elsewhere it may have to be asked for, and `work` may be run again with
 * newer state: it is a function of what it is given, and changes nothing itself. A session on a workspace has state of its own: its own
 * id, `s-…`, stands where the workspace's does.
 */
export interface StateStore {
  transact<T>(workspaceId: string, work: (state: StateView) => Step<T>): Awaitable<T>;
  /** Everything of a workspace, which is gone. */
  forget(workspaceId: string): Awaitable<void>;
  usage(workspaceId: string): Awaitable<StateUsage>;
  readonly totals: StateTotals;
  /** `replica`: no other replica sees it. `shared-away`: others should, but what they share is not there now. */
  readonly reach: 'replica' | 'shared' | 'shared-away';
}

export interface StateTotals {
  /** Entries that made room for newer ones. */
  readonly dropped: number;
  /** Steps that did not fit. */
  readonly refused: number;
  /** Steps that this replica took on a copy of its own, because what replicas share was not there. */
  readonly isolated: number;
}

export interface StateLimits {
  /** Keys of the key-value store. */
  readonly maxValues: number;
  /** Items of one resource. */
  readonly maxItems: number;
  /** Instances of keyed scenarios, all scenarios together. */
  readonly maxInstances: number;
  /** Of a workspace: values and resources, keys included. */
  readonly maxBytes: number;
}

/** There may be a thousand sessions on a workspace, each for one test: so much less than a workspace one may remember. */
const sessionShare = 8;

/** The bounds of what is kept under the id of a workspace, or of a session. */
export function limitsOf(workspaceId: string, limits: StateLimits): StateLimits {
  if (!isSessionScope(workspaceId)) return limits;
  return {
    ...limits,
    maxBytes: Math.ceil(limits.maxBytes / sessionShare),
    maxInstances: Math.ceil(limits.maxInstances / sessionShare),
  };
}

/** One value or item: each change of it writes all of it. */
export const maxEntryBytes = 1_048_576;

export interface TableBound {
  readonly maxEntries: number;
  readonly whenFull: 'drop-oldest' | 'refuse';
}

/** Each workspace has its own. */
export function boundOf(table: StateTable, limits: StateLimits): TableBound {
  switch (table) {
    case 'scenarios':
    case 'catalog':
      return { maxEntries: Number.POSITIVE_INFINITY, whenFull: 'refuse' };
    case 'instances':
    case 'sequences':
      return { maxEntries: limits.maxInstances, whenFull: 'drop-oldest' };
    case 'values':
      return { maxEntries: limits.maxValues, whenFull: 'refuse' };
    default:
      return { maxEntries: limits.maxItems, whenFull: 'refuse' };
  }
}

/** One change a key, the last: what a step sets and deletes again leaves nothing behind. */
export function finalChanges(changes: readonly StateChange[]): readonly StateChange[] {
  if (changes.length < 2) return changes;
  const byPlace = new Map<string, StateChange>();
  for (const change of changes) {
    if (change.kind === 'clear') {
      for (const [place, known] of byPlace) if (known.table === change.table) byPlace.delete(place);
      byPlace.set(`${change.table}\n*`, change);
    } else if (change.kind === 'count') byPlace.set(`${change.table}\n#`, change);
    else byPlace.set(`${change.table}\n=${change.key}`, change);
  }
  return [...byPlace.values()];
}

/** What an entry counts against the bound of bytes. */
export function bytesOf(key: string, text: string): number {
  return Buffer.byteLength(key) + Buffer.byteLength(text);
}
