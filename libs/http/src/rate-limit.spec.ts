import { RateLimit } from './rate-limit';

/** How many of so many at one moment get through. */
function passed(
  limit: RateLimit,
  key: string,
  { wish, perSecond, at }: Record<'wish' | 'perSecond' | 'at', number>,
): number {
  return Array.from({ length: wish }).filter(() => limit.take(key, perSecond, at)).length;
}

test('a burst may come at once, then as many as time gives back, never more than the burst', () => {
  const limit = new RateLimit({ burstSeconds: 2, maxKeys: 10 });
  expect(passed(limit, 'a', { wish: 50, perSecond: 10, at: 0 })).toBe(20);
  expect(passed(limit, 'a', { wish: 50, perSecond: 10, at: 500 })).toBe(5);
  expect(passed(limit, 'a', { wish: 50, perSecond: 10, at: 60_000 })).toBe(20);
});

test('one takes nothing from another, and each has its own rate', () => {
  const limit = new RateLimit({ burstSeconds: 1, maxKeys: 10 });
  expect(passed(limit, 'a', { wish: 50, perSecond: 10, at: 0 })).toBe(10);
  expect(passed(limit, 'b', { wish: 50, perSecond: 3, at: 0 })).toBe(3);
});

test('a rate that is raised or lowered counts from then on', () => {
  const limit = new RateLimit({ burstSeconds: 1, maxKeys: 10 });
  expect(passed(limit, 'a', { wish: 50, perSecond: 10, at: 0 })).toBe(10);
  expect(passed(limit, 'a', { wish: 200, perSecond: 100, at: 1_000 })).toBe(100);
  expect(passed(limit, 'a', { wish: 50, perSecond: 2, at: 2_000 })).toBe(2);
});

test('it remembers so many, and forgets the one that was met first', () => {
  const limit = new RateLimit({ burstSeconds: 1, maxKeys: 2 });
  for (const key of ['a', 'b', 'c']) limit.take(key, 1, 0);
  expect(limit.take('c', 1, 0)).toBe(false);
  expect(limit.take('b', 1, 0)).toBe(false);
  expect(limit.take('a', 1, 0)).toBe(true);
});
