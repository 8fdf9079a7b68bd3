import { SharedWork } from './shared-work';

const never = new AbortController().signal;

function held() {
  const signals: AbortSignal[] = [];
  let finish!: (value: string) => void;
  const result = new Promise<string>(resolve => (finish = resolve));
  const work = (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    return result;
  };
  return { work, signals, finish };
}

describe('work that is shared', () => {
  it('is done once for all who ask for it at the same time, and anew for who comes later', async () => {
    const shared = new SharedWork<string>();
    const { work, signals, finish } = held();
    const all = [1, 2, 3].map(() => shared.run('a', work, never));
    expect(shared.waiters).toBe(3);
    finish('done');
    expect(await Promise.all(all)).toEqual(['done', 'done', 'done']);
    expect([signals.length, shared.waiters]).toEqual([1, 0]);
    await shared.run('a', work, never);
    expect(signals.length).toBe(2);
  });

  it('goes on until the last has left, and is not joined by who comes after that', async () => {
    const shared = new SharedWork<string>();
    const { work, signals, finish } = held();
    const [first, second] = [new AbortController(), new AbortController()];
    const both = [shared.run('a', work, first.signal), shared.run('a', work, second.signal)];
    first.abort();
    expect(await both[0]).toBeUndefined();
    expect(signals[0]!.aborted).toBe(false);
    second.abort();
    expect(await both[1]).toBeUndefined();
    expect(signals[0]!.aborted).toBe(true);
    const third = shared.run('a', work, never);
    expect(signals.length).toBe(2);
    finish('done');
    expect(await third).toBe('done');
  });

  it('is not begun for one who has left already', async () => {
    const { work, signals } = held();
    expect(await new SharedWork<string>().run('a', work, AbortSignal.abort())).toBeUndefined();
    expect(signals).toEqual([]);
  });

  it('ends with all that is stopped', () => {
    const shared = new SharedWork<string>();
    const { work, signals } = held();
    void shared.run('a', work, never);
    void shared.run('b', work, never);
    shared.stopAll();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});
