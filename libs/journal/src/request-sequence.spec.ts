import { requestFrom } from '@mock-server/engine';
import { type JournalEntry } from './journal-entry';
import { SequenceSearch, type SequenceMode } from './request-sequence';

const entryOf = (url: string, sequence: number): JournalEntry =>
  ({
    id: String(sequence),
    sequence,
    subEvents: [],
    exchange: { request: requestFrom({ url, method: 'GET' }) },
  }) as unknown as JournalEntry;

/** Each letter is a request; a step of several letters takes any of them. */
const search = (mode: SequenceMode, steps: readonly string[], requests: string) => {
  const searching = new SequenceSearch(
    steps.map(step => (entry: JournalEntry) => step.includes(entry.exchange.request.url)),
    mode,
  );
  [...requests].some((url, i) => searching.see(entryOf(url, i)));
  const { verified, found, instead } = searching.report();
  return { verified, found: found.map(({ sequence }) => sequence), instead: instead?.sequence };
};

describe('a sequence of requests', () => {
  it('is found with others between, each step once', () => {
    expect(search('loose', ['a', 'b', 'a'], 'xaxbba')).toMatchObject({ verified: true, found: [1, 3, 5] });
    expect(search('loose', ['a', 'a'], 'xax')).toMatchObject({ verified: false, found: [1] });
    expect(search('loose', ['a', 'b'], 'ba')).toMatchObject({ verified: false, found: [1] });
  });

  it('is found with nothing between, also where an earlier attempt overlaps it', () => {
    expect(search('strict', ['a', 'a', 'b'], 'aaab')).toMatchObject({ verified: true, found: [1, 2, 3] });
    expect(search('strict', ['ab', 'a', 'ab', 'c'], 'aaabc')).toMatchObject({ verified: true, found: [1, 2, 3, 4] });
  });

  it('is not found when something came between; the furthest attempt is told, and what broke it', () => {
    expect(search('strict', ['a', 'b', 'c'], 'axabxc')).toEqual({ verified: false, found: [2, 3], instead: 4 });
    expect(search('strict', ['a', 'b'], 'xx')).toEqual({ verified: false, found: [], instead: undefined });
  });
});
