import { delayDistributionSchema, drawDelayMs, type DelayDistribution } from './delay';

/** As many draws as one likes, the same at each run. */
function draws(distribution: DelayDistribution, count = 2_000): number[] {
  let state = 1;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return Array.from({ length: count }, () => drawDelayMs(distribution, random)).sort((a, b) => a - b);
}

const middle = (sorted: readonly number[]): number => sorted[sorted.length >> 1]!;

describe('a delay distribution', () => {
  test('that is fixed is always the same', () => {
    expect(new Set(draws({ type: 'fixed', milliseconds: 250 }))).toEqual(new Set([250]));
  });

  test('that is uniform has both of its ends, and nothing beyond', () => {
    const counts = new Map<number, number>();
    for (const drawn of draws({ type: 'uniform', lower: 2, upper: 5 })) counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    expect([...counts.keys()]).toEqual([2, 3, 4, 5]);
    for (const count of counts.values()) expect(count).toBeGreaterThan(400);
  });

  test('that is lognormal lies half below its median, and spreads with sigma', () => {
    expect(middle(draws({ type: 'lognormal', median: 100, sigma: 0.4 }))).toBeGreaterThan(93);
    expect(middle(draws({ type: 'lognormal', median: 100, sigma: 0.4 }))).toBeLessThan(107);
    const spread = draws({ type: 'lognormal', median: 100, sigma: 1 });
    expect(spread.at(-100)! / spread.at(100)!).toBeGreaterThan(15);
    expect(new Set(draws({ type: 'lognormal', median: 100, sigma: 0 }))).toEqual(new Set([100]));
  });

  test('with a maximum draws again rather than heaping up there', () => {
    const drawn = draws({ type: 'lognormal', median: 200, sigma: 3, maxValue: 300 });
    expect(drawn.at(-1)).toBeLessThanOrEqual(300);
    expect(drawn.filter(one => one === 300).length).toBeLessThan(20);
    expect(middle(drawn)).toBeLessThan(60);
  });

  test('ends even where chance never gives a value within the maximum', () => {
    const random = jest.fn(() => 0.999_999);
    expect(drawDelayMs({ type: 'lognormal', median: 10, sigma: 50, maxValue: 20 }, random)).toBe(20);
  });

  test.each<[unknown, number]>([
    [{ type: 'fixed' }, 0],
    [{ type: 'uniform' }, 0],
    [{ type: 'lognormal' }, 0],
    [{ type: 'lognormal', median: 9, sigma: 1, maxValue: null }, 9],
    [{ type: 'uniform', lower: 1.9, upper: 1.9 }, 1],
  ])('may be %j', (spec, drawn) => {
    // A chance of 0 is the middle of the normal distribution, and the lower end of the uniform one.
    expect(drawDelayMs(delayDistributionSchema.parse(spec), () => 0)).toBe(drawn);
  });
});
