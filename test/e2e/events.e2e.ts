import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { openEvents, type EventSource } from '../support/event-source';
import { call } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { startServer } from '../support/server';

let server: ScratchServer;
let mockId: string;
const sources: EventSource[] = [];

beforeAll(async () => {
  server = await startScratchServer();
  const body = { name: 'A', request: { urlPath: '/a' }, response: { status: 201, body: 'a' } };
  mockId = (await call(server.url, 'POST /__admin/mappings', { body })).json.id;
});
afterEach(() => sources.splice(0).forEach(source => source.close()));
afterAll(async () => {
  await server.remove();
});

const open = async (query = '', headers: Record<string, string> = {}): Promise<EventSource> => {
  const source = await openEvents(`${server.consoleUrl}/__admin/events${query}`, headers);
  sources.push(source);
  return source;
};
const get = (path: string) => call(server.url, `GET ${path}`);
const urls = ({ events }: EventSource): string[] => events.map(({ data }) => data.url ?? data.request?.url);

describe('the live stream of exchanges', () => {
  it('tells each exchange as it happens, in order', async () => {
    const source = await open();
    await get('/a?n=1');
    await get('/nowhere');
    await eventually(() => source.events.length === 2);
    expect(source.incoming.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(source.events).toMatchObject([
      {
        event: 'exchange',
        data: { url: '/a?n=1', method: 'GET', status: 201, source: 'mock', mock: { id: mockId, name: 'A' } },
      },
      { event: 'exchange', data: { url: '/nowhere', status: 404, source: 'none', wasMatched: false } },
    ]);
    const found = await call(server.url, `GET /__admin/requests/${source.events[0]?.id}`);
    expect(found.json.request.url).toBe('/a?n=1');
  });

  it('filters by source, match, mock and request pattern, and shows all of an exchange when asked', async () => {
    const pattern = encodeURIComponent(JSON.stringify({ urlPath: '/a', queryParameters: { n: { equalTo: '2' } } }));
    const [misses, byMock, byPattern, bySource] = await Promise.all([
      open('?matched=false'),
      open(`?matchingStub=${mockId}&view=full`),
      open(`?pattern=${pattern}`),
      open('?source=mock,proxy'),
    ]);
    for (const path of ['/a?n=1', '/none', '/a?n=2', '/end']) await get(path);
    await eventually(() => misses.events.length === 2);
    await eventually(() => byMock.events.length === 2 && byPattern.events.length === 1 && bySource.events.length === 2);
    expect(urls(misses)).toEqual(['/none', '/end']);
    expect(urls(byMock)).toEqual(['/a?n=1', '/a?n=2']);
    expect(byMock.events[0]?.data).toMatchObject({
      response: { body: 'a' },
      stubMapping: { id: mockId },
      source: 'mock',
    });
    expect(urls(byPattern)).toEqual(['/a?n=2']);
    expect(urls(bySource)).toEqual(['/a?n=1', '/a?n=2']);
  });

  it('goes on where a client lost it, and begins with the newest when asked', async () => {
    const first = await open();
    await get('/a?n=1');
    await eventually(() => first.events.length === 1);
    first.close();
    await get('/a?n=2');
    await get('/a?n=3');
    const second = await open('', { 'Last-Event-ID': first.events[0]?.id ?? '' });
    const replayed = await open('?replay=2');
    await eventually(() => second.events.length === 2 && replayed.events.length === 2);
    expect(urls(second)).toEqual(['/a?n=2', '/a?n=3']);
    expect(urls(replayed)).toEqual(['/a?n=2', '/a?n=3']);
  });

  it('marks a gap when it cannot tell what a client missed, as after a restart', async () => {
    const source = await open('', { 'Last-Event-ID': '00000000-0000-4000-a000-000000000001' });
    await eventually(() => source.events.length === 1);
    expect(source.events).toMatchObject([{ event: 'gap', data: { skipped: null } }]);
  });

  it('leaves out exchanges for a client that does not read, and tells it how many', async () => {
    const source = await open('?view=full');
    source.incoming.pause();
    source.incoming.socket.pause();
    const body = 'x'.repeat(40_000);
    const sent = 120;
    const before = performance.now();
    for (let n = 0; n < sent; n++) await call(server.url, `POST /big?n=${n}`, { body });
    expect((performance.now() - before) / sent).toBeLessThan(250); // traffic goes on
    source.incoming.socket.resume();
    source.incoming.resume();
    await eventually(() => {
      const gaps = source.events.filter(({ event }) => event === 'gap');
      const skipped = gaps.reduce((sum, { data }) => sum + Number(data.skipped), 0);
      return skipped > 0 && skipped + source.events.length - gaps.length === sent;
    });
    const metrics = await call(server.consoleUrl, 'GET /metrics');
    expect(metrics.text).toMatch(/^journal_stream_skipped_total [1-9]/m);
  });

  it('belongs to its workspace', async () => {
    await call(server.url, 'POST /__admin/workspaces', { body: { slug: 'other', name: 'Other' } });
    const source = await openEvents(`${server.consoleUrl}/__w/other/__admin/events`);
    sources.push(source);
    await get('/a');
    await get('/__w/other/theirs');
    await eventually(() => source.events.length === 1);
    expect(urls(source)).toEqual(['/theirs']);
  });

  it('refuses a filter it does not know', async () => {
    for (const query of ['?source=some', '?matched=perhaps', '?pattern=no', '?replay=all'])
      expect(await call(server.consoleUrl, `GET /__admin/events${query}`)).toMatchObject({ status: 400 });
  });
});

describe('when the server stops', () => {
  it('open streams end, and waits are answered', async () => {
    const own = await startServer({
      DATABASE_URL: `sqlite:${join(server.folder, 'stop.db')}`,
      DATA_DIR: join(server.folder, 'stop'),
    });
    const source = await openEvents(`${own.consoleUrl}/__admin/events`);
    const waiting = call(own.url, 'POST /__admin/requests/wait', {
      body: { request: { url: '/x' }, timeoutMs: 60_000 },
    });
    await eventually(async () => (await call(own.consoleUrl, 'GET /metrics')).text.includes('journal_waits 1'));
    const exitCode = await own.stop();
    expect(exitCode).toBe(0);
    expect((await waiting).json).toMatchObject({ satisfied: false, reason: 'shutting-down' });
    expect(source.ended()).toBe(true);
  });
});
