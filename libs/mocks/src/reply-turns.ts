import { hash } from 'node:crypto';
import { engineHost, type CatalogMock, type ReplyChance } from '@mock-server/engine';
import { Inject, Injectable } from '@nestjs/common';
import { STATE_STORE, type Awaitable, type StateChange, type StateStore, type StateView } from './state-store';

interface Turns {
  /** Of the mapping that was counted for: an edited mock begins anew. */
  readonly of: string;
  readonly taken: number;
}

/**
 * How often each mock whose answers take turns has answered. Taking a turn is one step of the store, so no two requests take the same.
 * Mocks whose answer is always the same are not counted.
 */
@Injectable()
export class ReplyTurns {
  private readonly digests = new WeakMap<CatalogMock, string>();

  constructor(@Inject(STATE_STORE) private readonly store: StateStore) {}

  /**
   * Decides with what one request to a mock draws from. Its turn is taken when it is first asked for, and stays; where that has to be
   * waited for, `decide` is called again with it.
   */
  decide<T>(workspaceId: string, mock: CatalogMock, decide: (chance: ReplyChance) => T): Awaitable<T> {
    const { random } = engineHost();
    let turn: Awaitable<number> | undefined;
    const take = (): Awaitable<number> => this.take(workspaceId, mock);
    const decided = decide({
      random,
      get turn() {
        turn ??= take();
        return turn instanceof Promise ? 0 : turn;
      },
    });
    const taken: Awaitable<number> | undefined = turn;
    return isPromise(taken) ? taken.then(known => decide({ random, turn: known })) : decided;
  }

  /** All mocks of a workspace begin anew. */
  reset(workspaceId: string): Awaitable<void> {
    return this.store.transact(workspaceId, () => ({
      result: undefined,
      changes: [{ kind: 'clear', table: 'sequences' }],
    }));
  }

  /** The number of turns taken before. */
  private take(workspaceId: string, mock: CatalogMock): Awaitable<number> {
    const of = this.digestOf(mock);
    return this.store.transact(workspaceId, state => {
      const known = state.get('sequences', mock.id) as Turns | undefined;
      const taken = known?.of === of ? known.taken : 0;
      const value: Turns = { of, taken: taken + 1 };
      return { result: taken, changes: [{ kind: 'set', table: 'sequences', key: mock.id, value }] };
    });
  }

  private digestOf(mock: CatalogMock): string {
    let digest = this.digests.get(mock);
    if (digest === undefined) this.digests.set(mock, (digest = digestOf(mock)));
    return digest;
  }
}

/** The turns of mocks that are gone are forgotten. */
export function turnsGone(state: StateView, isThere: (mockId: string) => boolean): StateChange[] {
  return state
    .entries('sequences')
    .flatMap(([key]) => (isThere(key) ? [] : [{ kind: 'delete', table: 'sequences', key } as const]));
}

/** A mock that is edited, or made anew under the same id, is another. */
function digestOf({ position, stored: { json } }: CatalogMock): string {
  return hash('sha1', `${position} ${json}`, 'base64');
}

function isPromise<T>(value: T | Promise<T> | undefined): value is Promise<T> {
  return value instanceof Promise;
}
