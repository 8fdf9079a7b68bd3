import { type StateChange, type StateLimits, type StateStore, type StateTable, type StateView } from './state-store';

export const contractLimits: StateLimits = { maxValues: 5, maxItems: 3, maxInstances: 3, maxBytes: 200 };

interface Made {
  readonly store: StateStore;
  close?(): Promise<void> | void;
}

/** What every {@link StateStore} promises. Each test has a store of its own with {@link contractLimits}. */
export function describeStateStore(name: string, make: () => Promise<Made> | Made): void {
  describe(`the state store in ${name}`, () => {
    let made: Made;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.close?.());

    const read = async <T>(look: (state: StateView) => T, workspace = 'w'): Promise<T> =>
      made.store.transact(workspace, state => ({ result: look(state), changes: [] }));
    const change = async (changes: readonly StateChange[], workspace = 'w'): Promise<string> =>
      made.store.transact(workspace, () => ({ result: 'made', changes, instead: 'refused' }));
    const set = (table: StateTable, key: string, value: unknown): StateChange => ({ kind: 'set', table, key, value });
    const keysOf = (table: StateTable): Promise<string[]> => read(state => state.entries(table).map(([key]) => key));

    it.each<[string, unknown]>([
      ['a text', 'héllo\nworld'],
      ['an empty text', ''],
      ['a number', 1.5],
      ['zero', 0],
      ['false', false],
      ['null', null],
      ['a list', [1, 'two', null, { three: 3 }]],
      ['an object', { a: { b: [] }, '': 1 }],
    ])('gives back %s', async (_, value) => {
      expect(await change([set('values', 'k', value)])).toBe('made');
      expect(await read(state => state.get('values', 'k'))).toEqual(value);
    });

    it('has nothing under a key that was never set, or was deleted', async () => {
      await change([set('values', 'gone', 1)]);
      await change([{ kind: 'delete', table: 'values', key: 'gone' }]);
      await change([{ kind: 'delete', table: 'values', key: 'never' }]);
      expect(await read(state => [state.get('values', 'gone'), state.get('values', 'never')])).toEqual([
        undefined,
        undefined,
      ]);
    });

    it.each(['__proto__', 'constructor', 'a:b', 'a b', '日本', '{x}', ''])(
      'takes %j as a key like any other',
      async key => {
        await change([set('values', key, { of: key })]);
        expect(await read(state => state.entries('values'))).toEqual([[key, { of: key }]]);
      },
    );

    it('lets a session remember an eighth of what a workspace may', async () => {
      const answers = [];
      for (const id of ['w', 's-0123456789abcdef0123456789abcdef01'])
        answers.push(
          await change([set('values', 'k', 'x'.repeat(30))], id),
          await change([set('values', 'k', 'x')], id),
        );
      expect(answers).toEqual(['made', 'made', 'refused', 'made']);
    });

    it('keeps tables and workspaces apart', async () => {
      await change([set('values', 'k', 'mine'), set('resource:users', 'k', 'item')]);
      await change([set('values', 'k', 'theirs')], 'other');
      expect(
        await read(state => [
          state.get('values', 'k'),
          state.get('resource:users', 'k'),
          state.get('resource:user', 'k'),
        ]),
      ).toEqual(['mine', 'item', undefined]);
      expect(await read(state => state.get('values', 'k'), 'other')).toBe('theirs');
    });

    it('lists in the order in which keys came in; one that is set again keeps its place', async () => {
      await change([set('values', 'b', 1), set('values', 'a', 1)]);
      await change([set('values', 'c', 1)]);
      await change([set('values', 'b', 2)]);
      expect(await read(state => state.entries('values'))).toEqual([
        ['b', 2],
        ['a', 1],
        ['c', 1],
      ]);
    });

    it('takes the last of several changes of one key', async () => {
      await change([set('values', 'a', 1), set('values', 'a', 2), set('values', 'b', 1)]);
      await change([set('values', 'b', 2), { kind: 'delete', table: 'values', key: 'b' }]);
      expect(await read(state => state.entries('values'))).toEqual([['a', 2]]);
    });

    it('clears a table, its counter too, and what is set after that stays', async () => {
      await change([set('resource:r', 'a', 1), { kind: 'count', table: 'resource:r', to: 7 }]);
      expect(await read(state => state.counter('resource:r'))).toBe(7);
      await change([set('resource:r', 'x', 1), { kind: 'clear', table: 'resource:r' }, set('resource:r', 'b', 2)]);
      expect(await read(state => [state.entries('resource:r'), state.counter('resource:r')])).toEqual([[['b', 2]], 0]);
    });

    it('names the tables that hold something', async () => {
      await change([set('values', 'a', 1), set('resource:r', 'a', 1)]);
      await change([{ kind: 'delete', table: 'values', key: 'a' }]);
      expect(await read(state => state.tables())).toEqual(['resource:r']);
    });

    it('refuses more keys than the table may have, all of the step, and counts that', async () => {
      for (let i = 0; i < 3; i++) await change([set('resource:r', `k${i}`, i)]);
      expect(await change([set('values', 'v', 1), set('resource:r', 'k3', 3)])).toBe('refused');
      expect(await read(state => [state.get('values', 'v'), state.get('resource:r', 'k3')])).toEqual([
        undefined,
        undefined,
      ]);
      expect(await change([set('resource:r', 'k0', 'changed')])).toBe('made');
      expect(made.store.totals.refused).toBe(1);
    });

    it('refuses more bytes than the workspace may have; making room helps', async () => {
      expect(await change([set('values', 'big', 'x'.repeat(150))])).toBe('made');
      expect(await change([set('values', 'more', 'x'.repeat(60))])).toBe('refused');
      expect(await change([set('values', 'big', 'x'), set('values', 'more', 'x'.repeat(60))])).toBe('made');
      expect(await change([set('values', 'other', 'x'.repeat(150))], 'other')).toBe('made');
    });

    it('drops the least recently used instance, and counts that', async () => {
      for (const key of ['a', 'b', 'c']) await change([set('instances', key, 'moved')]);
      await change([set('instances', 'a', 'moved on')]);
      await change([set('instances', 'd', 'moved')]);
      expect(await keysOf('instances')).toEqual(['c', 'a', 'd']);
      expect(made.store.totals.dropped).toBe(1);
    });

    it('loses no step of 200 at once', async () => {
      const numbers = await Promise.all(
        Array.from({ length: 200 }, async () =>
          made.store.transact('w', state => {
            const next = ((state.get('values', 'n') as number | undefined) ?? 0) + 1;
            return { result: next, changes: [set('values', 'n', next)] };
          }),
        ),
      );
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
      expect(await read(state => state.get('values', 'n'))).toBe(200);
    });

    it('sees a whole table and changes it in one step', async () => {
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) =>
          made.store.transact('w', state => {
            const isFree = state.entries('resource:seats').length < 2;
            return { result: isFree, changes: isFree ? [set('resource:seats', `s${i}`, i)] : [] };
          }),
        ),
      );
      expect(await keysOf('resource:seats')).toHaveLength(2);
    });

    it('says how much a workspace holds, and forgets all of it', async () => {
      await change([set('values', 'ab', 'cd'), set('scenarios', 's', 'x')]);
      expect(await made.store.usage('w')).toEqual({ entries: 2, bytes: 10 });
      await made.store.forget('w');
      expect(await made.store.usage('w')).toEqual({ entries: 0, bytes: 0 });
      expect(await read(state => state.tables())).toEqual([]);
    });
  });
}
