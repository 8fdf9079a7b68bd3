import { setImmediate as turn } from 'node:timers/promises';
import { requestFrom } from '@mock-server/engine';
import { MetricsRegistry } from '@mock-server/metrics';
import { type Exchange } from './exchange';
import { Journal } from './journal';
import { type WaitOutcome, type WaitWish } from './request-wait';
import { RequestWaits } from './request-waits';

const exchange = (url: string): Exchange => ({
  workspaceId: 'w',
  request: requestFrom({ url, method: 'GET' }),
  receivedAt: 7,
  writtenAt: 7,
  source: 'none',
  mock: undefined,
  reply: { status: 404, headers: [], body: new Uint8Array(0), ownsBody: true },
  delayMs: 0,
  tookMs: 1,
  note: undefined,
});

let journal: Journal;
let waits: RequestWaits;
beforeEach(() => {
  journal = new Journal({ journal: { maxEntries: 10_000, maxBytes: 100_000_000, maxBodyBytes: 1_000 } });
  waits = new RequestWaits(new MetricsRegistry());
});

const isWanted: WaitWish['matches'] = ({ exchange: { request } }) => request.url === '/wanted';
const wait = (wish: Partial<WaitWish> = {}): Promise<WaitOutcome> =>
  waits.wait(
    { journal, workspaceId: 'w' },
    { matches: isWanted, least: 1, most: Number.POSITIVE_INFINITY, quietMs: 0, timeoutMs: 5_000, ...wish },
    new AbortController().signal,
  );
const add = (count: number, url = '/wanted'): void => {
  for (let i = 0; i < count; i++) journal.add(exchange(url));
};

describe('who waits for requests', () => {
  it('has at once what is there, also with no time to wait', async () => {
    add(3_000);
    add(2_000, '/other');
    expect(await wait({ least: 3_000, timeoutMs: 0 })).toMatchObject({ satisfied: true, count: 3_000 });
    expect(await wait({ least: 3_001, timeoutMs: 0 })).toMatchObject({ reason: 'timeout', count: 3_000 });
    expect(await wait({ most: 2_999 })).toMatchObject({ reason: 'too-many' });
  });

  it('counts each once, whatever comes and goes while the journal is looked through', async () => {
    add(9_000);
    add(100, '/other');
    const waiting = wait({ least: 9_500, most: 9_500, quietMs: 100 });
    add(250);
    journal.removeEntries('w', ({ exchange: { request } }) => request.url === '/other');
    await turn();
    add(250);
    expect(await waiting).toMatchObject({ satisfied: true, count: 9_500 });
  });

  it('waits on when what was enough is taken out again', async () => {
    add(3);
    const waiting = wait({ least: 3, quietMs: 300, timeoutMs: 600 });
    for (let i = 0; i < 10; i++) await turn();
    journal.clear('w');
    add(2);
    expect(await waiting).toMatchObject({ reason: 'timeout', count: 2 });
  });

  it('holds nobody else up, however many wait for a long journal', async () => {
    add(10_000, '/other');
    const gone = new AbortController();
    const begin = performance.now();
    const many = Array.from({ length: 100 }, () =>
      waits.wait(
        { journal, workspaceId: 'w' },
        { matches: isWanted, least: 1, most: 1, quietMs: 0, timeoutMs: 60_000 },
        gone.signal,
      ),
    );
    journal.removeEntries('w', ({ sequence }) => sequence === 1);
    let longestMs = performance.now() - begin;
    for (let i = 0; i < 10; i++) {
      const before = performance.now();
      await turn();
      longestMs = Math.max(longestMs, performance.now() - before);
    }
    expect(longestMs).toBeLessThan(500);
    gone.abort();
    await Promise.all(many);
  });
});
