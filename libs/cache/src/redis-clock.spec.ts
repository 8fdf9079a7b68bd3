import { RedisClock } from './redis-clock';

/** A machine's clock and Redis's, and the way between them. All in milliseconds. */
const world = ({ ahead = 1_000_000 } = {}) => {
  const all = { passed: 0, ahead };
  const clock = new RedisClock(() => all.passed);
  const read = (there: number, back: number): Promise<void> =>
    clock.read(async () => {
      all.passed += there;
      const redis = (all.passed + all.ahead) * 1_000;
      all.passed += back;
      return [String(Math.floor(redis / 1_000_000)), String(redis % 1_000_000)];
    });
  /** By how much it is wrong now. */
  const error = (): number => clock.timeOf(all.passed)! - (all.passed + all.ahead);
  return { all, clock, read, error };
};

describe('the clock of Redis', () => {
  it('is not known before Redis has answered', async () => {
    const { clock, read } = world();
    expect(clock.timeOf(5)).toBeUndefined();
    await expect(clock.read(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(clock.timeOf(5)).toBeUndefined();
    await read(1, 1);
    expect(clock.timeOf(5)).toBe(1_000_005);
  });

  it('is that of the shortest way there and back: answers that were late change nothing', async () => {
    const { read, error } = world();
    await read(1, 9);
    expect(error()).toBe(-4);
    await read(2, 2);
    for (let i = 0; i < 10; i++) await read(1, 40);
    expect(error()).toBe(0);
  });

  it('is read anew when what is known is old, for clocks do not go alike', async () => {
    const { all, read, error } = world();
    await read(1, 1);
    all.passed += 60_000;
    all.ahead += 3;
    await read(2, 2);
    expect(error()).toBe(0);
  });

  it.each([-300_000, 300_000])('is the new one when it was set by %i ms', async ms => {
    const { all, read, error } = world();
    await read(1, 1);
    all.ahead += ms;
    await read(10, 10);
    expect(error()).toBe(0);
  });
});
