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
});
