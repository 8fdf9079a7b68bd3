import { Refreshes } from './refreshes';

describe('refreshes', () => {
  const later = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

  it('run a few keys at once, the others in order, and each key once at a time', async () => {
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    const refreshes = new Refreshes(key => {
      begun.push(key);
      return new Promise(resolve => ends.set(key, () => resolve(true)));
    }, 2);
    const all = ['a', 'b', 'c', 'a'].map(key => refreshes.run(key));
    await later();
    expect(begun).toEqual(['a', 'b']);
    ends.get('a')!();
    await later();
    expect(begun).toEqual(['a', 'b', 'c']);
    ends.get('b')!();
    await later();
    expect(begun).toEqual(['a', 'b', 'c', 'a']);
    ends.get('c')!();
    ends.get('a')!();
    await Promise.all(all);
  });

  it('leave what waits for its place when they are stopped', async () => {
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    const refreshes = new Refreshes(key => {
      begun.push(key);
      return new Promise(resolve => ends.push(() => resolve(true)));
    }, 1);
    for (const key of ['a', 'b', 'c']) void refreshes.run(key);
    const stopped = refreshes.stop();
    ends[0]!();
    await stopped;
    expect(begun).toEqual(['a']);
  });

  it('do again what failed, when they are told to, unless it was forgotten', async () => {
    const begun: string[] = [];
    const refreshes = new Refreshes(key => {
      begun.push(key);
      return Promise.resolve(false);
    });
    await Promise.all(['a', 'b'].map(key => refreshes.run(key)));
    refreshes.forget('b');
    refreshes.runFailed();
    await refreshes.settle();
    expect(begun).toEqual(['a', 'b', 'a']);
    await refreshes.stop();
  });
});
