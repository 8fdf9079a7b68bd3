import fc from 'fast-check';
import { TwoGenerations } from './two-generations';

describe('a cache of two generations', () => {
  it('keeps what is asked for again and again, and forgets the rest', () => {
    const cache = new TwoGenerations<string, number>(100);
    cache.set('used', 1, 10);
    for (let i = 0; i < 50; i++) {
      cache.set(`once-${i}`, i, 10);
      expect(cache.get('used')).toBe(1);
    }
    expect(cache.get('once-0')).toBeUndefined();
    expect(cache.get('once-49')).toBe(49);
  });

  it('does not keep what is larger than half of it', () => {
    const cache = new TwoGenerations<string, number>(100);
    cache.set('small', 1, 50);
    cache.set('large', 2, 51);
    expect([cache.get('small'), cache.get('large')]).toEqual([1, undefined]);
  });

  it('never holds more bytes than it may, and never gives a wrong value', () => {
    const step = fc.record({ key: fc.nat(20), bytes: fc.nat(60), isRead: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const cache = new TwoGenerations<number, string>(100);
        const sizes = new Map<number, number>();
        for (const { key, bytes, isRead } of steps) {
          if (isRead || cache.get(key) !== undefined) expect([undefined, `value ${key}`]).toContain(cache.get(key));
          else {
            cache.set(key, `value ${key}`, bytes);
            sizes.set(key, bytes);
          }
          const held = [...sizes].filter(([one]) => cache.has(one));
          expect(held.reduce((sum, [, size]) => sum + size, 0)).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});
