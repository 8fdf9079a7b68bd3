import { compileFault, faultStrikes } from './fault';

function fates(spec: Parameters<typeof compileFault>[0], count = 1_000, random = () => 0.5): boolean[] {
  const fault = compileFault(spec);
  return Array.from({ length: count }, (_, turn) => faultStrikes(fault, { random, turn }));
}

const share = (struck: readonly boolean[]): number => struck.filter(Boolean).length / struck.length;

describe('a fault', () => {
  test('strikes always, unless it says how often', () => {
    expect(share(fates('EMPTY_RESPONSE', 10, () => 0.999))).toBe(1);
    expect(share(fates({ type: 'EMPTY_RESPONSE' }, 10, () => 0.999))).toBe(1);
    expect(share(fates({ type: 'EMPTY_RESPONSE', probability: 0 }, 10, () => 0))).toBe(0);
  });

  test('strikes with its probability', () => {
    const spec = { type: 'EMPTY_RESPONSE', probability: 0.3 } as const;
    expect(fates(spec, 1, () => 0.299)).toEqual([true]);
    expect(fates(spec, 1, () => 0.3)).toEqual([false]);
  });

  test('with a seed meets the same requests again, as often as its probability says', () => {
    const spec = { type: 'EMPTY_RESPONSE', probability: 0.3, seed: 42 } as const;
    expect(fates(spec)).toEqual(fates(spec, 1_000, () => 0.9));
    expect(share(fates(spec))).toBeCloseTo(0.3, 1);
    expect(fates(spec)).not.toEqual(fates({ ...spec, seed: 43 }));
  });

  test('with neighbouring seeds strikes independently', () => {
    const [one, two] = [1, 2].map(seed => fates({ type: 'EMPTY_RESPONSE', probability: 0.5, seed }, 4_000));
    expect(share(one!.map((struck, turn) => struck === two![turn]))).toBeCloseTo(0.5, 1);
  });
});
