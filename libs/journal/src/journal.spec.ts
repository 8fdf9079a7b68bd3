import { setImmediate as turn } from 'node:timers/promises';
import { compileMock, requestFrom, type CatalogMock } from '@mock-server/engine';
import { type Exchange } from './exchange';
import { Journal } from './journal';

const journalOf = (maxEntries: number): Journal =>
  new Journal({ journal: { maxEntries, maxBytes: 1_000_000, maxBodyBytes: 1_000 } });

const aMock = (): CatalogMock => {
  const compiled = compileMock({ id: 'm', position: 1, enabled: true, json: '{}' });
  if (!compiled.ok) throw new Error('does not compile');
  return compiled.mock;
};

const exchange = (url: string, mock?: CatalogMock): Exchange => ({
  workspaceId: 'w',
  request: requestFrom({ url, method: 'GET' }),
  receivedAt: 7,
  writtenAt: 7,
  source: mock === undefined ? 'none' : 'mock',
  mock,
  reply: { status: 200, headers: [], body: new Uint8Array(0), ownsBody: true },
  delayMs: 0,
  tookMs: 1,
  note: undefined,
});

describe('the counts of a journal', () => {
  it('outlive what is dropped and a mock compiled anew, and begin anew when it is emptied', () => {
    const journal = journalOf(3);
    const [before, after] = [aMock(), aMock()];
    for (let i = 0; i < 10; i++) journal.add(exchange('/', before));
    for (let i = 0; i < 5; i++) journal.add(exchange('/', after));
    journal.add(exchange('/miss'));
    expect(journal.hits('w').of('m')).toEqual({ count: 15, lastAt: 7 });
    expect(journal.hits('w').total).toBe(16);
    journal.clear('w');
    journal.add(exchange('/', before));
    journal.add(exchange('/', after));
    expect(journal.hits('w').mostHit()).toEqual([{ id: 'm', count: 2, lastAt: 7 }]);
  });

  it('are kept without a journal', () => {
    const journal = journalOf(0);
    journal.add(exchange('/', aMock()));
    expect([journal.size('w'), journal.hits('w').total]).toEqual([0, 1]);
  });
});

describe('headers that a journal hides', () => {
  const hiding = new Journal({
    journal: {
      maxEntries: 10,
      maxBytes: 1_000_000,
      maxBodyBytes: 1_000,
      hiddenHeaders: ['authorization', 'set-cookie'],
    },
  });
  const rawHeaders = ['Authorization', 'Bearer s3cret', 'Accept', 'text/plain'];
  const cookie = ['Set-Cookie', 's3cret=1', 'Vary', 'Accept'];
  const added = (ownsBody: boolean): Exchange => {
    const { reply, ...rest } = exchange('/');
    const request = requestFrom({ url: '/', method: 'POST', rawHeaders, body: Buffer.from('body') });
    const sequence = hiding.add({ ...rest, request, reply: { ...reply, headers: cookie, ownsBody } });
    return hiding.logged('w', sequence - 1, { entries: 1 })[0]!.exchange;
  };

  it('are there without what they said, in requests and in replies; all else is as it came', () => {
    const { request, reply } = added(true);
    expect(request.rawHeaders).toEqual(['Authorization', '***', 'Accept', 'text/plain']);
    expect([request.method, request.text, request.header('accept')]).toEqual(['POST', 'body', ['text/plain']]);
    expect(reply.headers).toEqual(['Set-Cookie', '***', 'Vary', 'Accept']);
  });

  it('are left as they are where a mock says them', () => {
    expect(added(false).reply.headers).toEqual(cookie);
  });
});

describe('who watches a journal', () => {
  const watch = (journal: Journal): { urls: string[]; missed: number; stop: () => void } => {
    const seen = { urls: [] as string[], missed: 0, stop: () => {} };
    seen.stop = journal.onExchange('w', {
      onEntries: (entries, missed) => {
        seen.urls.push(...entries.map(entry => entry.exchange.request.url));
        seen.missed += missed;
      },
    });
    return seen;
  };

  it('is told of each exchange from then on, once and in order, until he stops', async () => {
    const journal = journalOf(2_000);
    journal.add(exchange('/before'));
    const first = watch(journal);
    for (let i = 0; i < 1_200; i++) journal.add(exchange(`/${i}`));
    const second = watch(journal);
    journal.add(exchange('/last'));
    for (let i = 0; i < 10; i++) await turn();
    first.stop();
    journal.add(exchange('/after'));
    for (let i = 0; i < 10; i++) await turn();
    expect(first.urls).toEqual([...Array.from({ length: 1_200 }, (_, i) => `/${i}`), '/last']);
    expect(second.urls).toEqual(['/last', '/after']);
    expect([first.missed, second.missed]).toEqual([0, 0]);
  });

  it('is told of each once, also where numbers of other workspaces came first that are higher or lower', async () => {
    const journal = journalOf(10);
    const other = { ...exchange('/other'), workspaceId: 'other' };
    journal.place(9, exchange('/before'));
    journal.place(7, other);
    const watcher = watch(journal);
    journal.place(20, other);
    await turn();
    journal.place(15, exchange('/after'));
    for (let i = 0; i < 5; i++) await turn();
    expect(watcher).toMatchObject({ urls: ['/after'], missed: 0 });
  });

  it('is told how many were dropped before he could be told', async () => {
    const journal = journalOf(5);
    const watcher = watch(journal);
    for (let i = 0; i < 12; i++) journal.add(exchange(`/${i}`));
    for (let i = 0; i < 5; i++) await turn();
    expect(watcher).toMatchObject({ urls: ['/7', '/8', '/9', '/10', '/11'], missed: 7 });
  });
});
