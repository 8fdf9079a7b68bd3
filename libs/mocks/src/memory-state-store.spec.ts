import { MemoryStateStore } from './memory-state-store';
import { contractLimits, describeStateStore } from './state-store.contract';

describeStateStore('memory', () => ({ store: new MemoryStateStore(contractLimits) }));

describe('in memory', () => {
  it('a step is done when the call returns', () => {
    const store = new MemoryStateStore(contractLimits);
    const step = store.transact('w', () => ({
      result: 'done',
      changes: [{ kind: 'set', table: 'values', key: 'k', value: 1 }],
    }));
    expect(step).toBe('done');
    expect(store.transact('w', state => ({ result: state.get('values', 'k'), changes: [] }))).toBe(1);
  });

  it('reading an instance is using it', () => {
    const store = new MemoryStateStore(contractLimits);
    const set = (key: string): void =>
      store.transact('w', () => ({
        result: undefined,
        changes: [{ kind: 'set', table: 'instances', key, value: 'x' }],
      }));
    ['a', 'b', 'c'].forEach(set);
    store.transact('w', state => ({ result: state.get('instances', 'a'), changes: [] }));
    set('d');
    const kept = store.transact('w', state => ({ result: state.entries('instances'), changes: [] }));
    expect(kept.map(([key]) => key)).toEqual(['c', 'a', 'd']);
  });

  it('takes no value of more than 1 MiB, however much room there is', () => {
    const store = new MemoryStateStore({ ...contractLimits, maxBytes: 10_000_000 });
    const put = (length: number): boolean =>
      store.transact('w', () => ({
        result: true,
        changes: [{ kind: 'set', table: 'values', key: 'k', value: 'x'.repeat(length) }],
        instead: false,
      }));
    expect([put(1_000_000), put(1_048_576)]).toEqual([true, false]);
  });
});
