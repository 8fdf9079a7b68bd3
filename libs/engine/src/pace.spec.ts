import { cutBody, type Pace } from './pace';

function pieces(pace: Pace, length: number, maxMs = 60_000): [endOf: number, dueMs: number][] {
  const cut = cutBody(pace, { length, maxMs });
  return Array.from({ length: cut.count }, (_, i) => [cut.endOf(i), Math.round(cut.dueMs(i))]);
}

describe('a dribbled body', () => {
  const dribble = (chunks: number, totalMs: number): Pace => ({ kind: 'dribble', chunks, totalMs });

  test.each<[length: number, chunks: number, totalMs: number, wanted: [number, number][]]>([
    [10, 2, 100, [[5, 50], [10, 100]]], // prettier-ignore
    [10, 3, 300, [[3, 100], [6, 200], [10, 300]]], // prettier-ignore
    [11, 4, 200, [[2, 50], [4, 100], [6, 150], [11, 200]]], // prettier-ignore
    [3, 1, 300, [[3, 300]]],
    [4, 2, 0, [[2, 0], [4, 0]]], // prettier-ignore
    [0, 3, 300, []],
  ])('of %i bytes in %i chunks over %i ms', (length, chunks, totalMs, wanted) => {
    expect(pieces(dribble(chunks, totalMs), length)).toEqual(wanted);
  });

  test('has no more chunks than bytes, over the same time', () => {
    expect(pieces(dribble(5, 300), 2)).toEqual([
      [1, 150],
      [2, 300],
    ]);
  });

  test('takes the longest delay at most', () => {
    expect(pieces(dribble(2, 300), 4, 100)).toEqual([
      [2, 50],
      [4, 100],
    ]);
  });
});

describe('a body at a bandwidth', () => {
  const bandwidth = (bytesPerSecond: number): Pace => ({ kind: 'bandwidth', bytesPerSecond });

  test('comes whole in the time its bytes take, in even steps', () => {
    const cut = pieces(bandwidth(1_000), 500);
    expect(cut).toHaveLength(10);
    expect(cut[0]).toEqual([50, 50]);
    expect(cut.at(-1)).toEqual([500, 500]);
  });

  test('comes a byte at a time where that is slower than a step', () => {
    expect(pieces(bandwidth(4), 3)).toEqual([
      [1, 250],
      [2, 500],
      [3, 750],
    ]);
  });

  test('comes at once where the bandwidth is no limit', () => {
    expect(pieces(bandwidth(1_000_000_000), 100)).toEqual([[100, 0]]);
  });

  test('takes the longest delay at most', () => {
    expect(pieces(bandwidth(1), 1_000, 2_000).at(-1)).toEqual([1_000, 2_000]);
  });
});
