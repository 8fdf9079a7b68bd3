import { StateDraft } from '@mock-server/engine';
import { Inject, Injectable } from '@nestjs/common';
import { STATE_STORE, type Awaitable, type StateChange, type StateStore } from './state-store';

export interface StateWork<T> {
  readonly result: T;
  /** False: what was written is dropped. */
  readonly isKept: boolean;
}

export interface StateValue {
  readonly key: string;
  readonly value: unknown;
}

/** The key-value store of each workspace. */
@Injectable()
export class StateValues {
  constructor(@Inject(STATE_STORE) private readonly store: StateStore) {}

  /**
   * Runs `work` on what is kept, under what the same hit wrote `before`; nobody else's change lies between what it reads and what it
   * writes. Gives `ifFull` when that does not fit: then nothing is written.
   */
  run<T>(
    workspaceId: string,
    work: (draft: StateDraft) => StateWork<T>,
    { before, ifFull }: { readonly before?: ReadonlyMap<string, unknown> | undefined; readonly ifFull: T },
  ): Awaitable<T> {
    return this.store.transact(workspaceId, state => {
      const draft = new StateDraft(key => (before?.has(key) === true ? before.get(key) : state.get('values', key)));
      const { result, isKept } = work(draft);
      return { result, changes: isKept ? draft.writes.map(changeOf) : [], instead: ifFull };
    });
  }

  list(workspaceId: string, prefix: string): Awaitable<StateValue[]> {
    return this.store.transact(workspaceId, state => ({
      result: state.entries('values').flatMap(([key, value]) => (key.startsWith(prefix) ? [{ key, value }] : [])),
      changes: [],
    }));
  }

  /** Undefined: there is no such key. */
  get(workspaceId: string, key: string): Awaitable<StateValue | undefined> {
    return this.store.transact(workspaceId, state => {
      const value = state.get('values', key);
      return { result: value === undefined ? undefined : { key, value }, changes: [] };
    });
  }

  /** False: it does not fit. */
  put(workspaceId: string, { key, value }: StateValue): Awaitable<boolean> {
    return this.store.transact(workspaceId, () => ({
      result: true,
      changes: [changeOf([key, value])],
      instead: false,
    }));
  }

  /** False: there was no such key. */
  remove(workspaceId: string, key: string): Awaitable<boolean> {
    return this.store.transact(workspaceId, state => ({
      result: state.get('values', key) !== undefined,
      changes: [changeOf([key, undefined])],
    }));
  }

  reset(workspaceId: string): Awaitable<void> {
    return this.store.transact(workspaceId, () => ({
      result: undefined,
      changes: [{ kind: 'clear', table: 'values' }],
    }));
  }
}

function changeOf([key, value]: readonly [key: string, value: unknown]): StateChange {
  return value === undefined ? { kind: 'delete', table: 'values', key } : { kind: 'set', table: 'values', key, value };
}
