import { call, type Reply } from '../support/http-call';
import { eventually } from '../support/eventually';
import { startReceiver } from '../support/receiver';
import { startReplicas, type ReplicaSet } from '../support/replica-set';
import { makeScratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';
import { startTcpProxy } from '../support/tcp-proxy';

let set: ReplicaSet;
let all: readonly TestServer[];

beforeAll(async () => {
  set = await startReplicas(3, () => ({ JOURNAL_MAX_ENTRIES: '500', OUTBOUND_ALLOW: '127.0.0.1' }));
  all = set.servers;
});
afterAll(() => set?.stop());
beforeEach(async () => {
  await call(all[0]!.url, 'DELETE /__admin/mappings');
  await call(all[0]!.url, 'POST /__admin/reset');
});

const atOnce = (count: number, line: string) =>
  Promise.all(Array.from({ length: count }, (_, i) => call(all[i % 3]!.url, line, { agent: set.agent })));
const ask = (line: string, body?: unknown): Promise<Reply[]> =>
  Promise.all(all.map(({ url }) => call(url, line, body === undefined ? {} : { body })));
const countOf = async (url: string): Promise<number[]> =>
  (await ask('POST /__admin/requests/count', { url })).map(({ json }) => json.count as number);

describe('the journal of three replicas', () => {
  it('counts from each what any of them answered before, at once', async () => {
    for (let round = 1; round <= 5; round++) {
      await atOnce(30, 'GET /counted');
      expect(await countOf('/counted')).toEqual([round * 30, round * 30, round * 30]);
    }
  });

  it('has each exchange under one id, with the mock that answered it, in one order', async () => {
    await set.load({ request: { urlPath: '/hello' }, response: { body: 'hi', headers: { 'X-A': 'b' } } });
    await call(all[0]!.url, 'DELETE /__admin/requests');
    for (const { url } of all) await call(url, 'POST /hello?x=1', { body: { who: 'Ann' } });
    const lists = await ask('GET /__admin/requests?view=full');
    expect(lists[0]!.json.requests).toHaveLength(3);
    expect(lists[1]!.json).toEqual(lists[0]!.json);
    expect(lists[2]!.json).toEqual(lists[0]!.json);
    const [newest] = lists[0]!.json.requests;
    expect(newest).toMatchObject({
      source: 'mock',
      wasMatched: true,
      request: { url: '/hello?x=1', body: '{"who":"Ann"}', method: 'POST' },
      response: { body: 'hi', status: 200 },
      stubMapping: { request: { urlPath: '/hello' } },
    });
    expect((await ask(`GET /__admin/requests/${newest.id}`)).map(({ json }) => json.id)).toEqual([
      newest.id,
      newest.id,
      newest.id,
    ]);
  });

  it('has exact counts of all, though it keeps the newest alone', async () => {
    await set.load({ id: '11111111-1111-4111-8111-111111111111', request: { urlPath: '/hit' } });
    await call(all[0]!.url, 'DELETE /__admin/requests');
    await atOnce(900, 'GET /hit');
    await atOnce(30, 'GET /miss');
    for (const { json } of await ask('GET /__admin/requests/counts')) {
      expect(json).toMatchObject({ total: 930, kept: 500, bySource: { mock: 900, none: 30 } });
      expect(json.mocks).toEqual([expect.objectContaining({ id: '11111111-1111-4111-8111-111111111111', count: 900 })]);
    }
  });

  it('is emptied for all by one, and what comes after that stays', async () => {
    await atOnce(30, 'GET /before');
    await call(all[1]!.url, 'DELETE /__admin/requests');
    await atOnce(9, 'GET /after');
    expect(await countOf('/before')).toEqual([0, 0, 0]);
    expect(await countOf('/after')).toEqual([9, 9, 9]);
    for (const { json } of await ask('GET /__admin/requests/counts')) expect(json.total).toBe(9);
  });

  it('loses for all what one removes', async () => {
    await atOnce(6, 'GET /kept');
    await atOnce(6, 'GET /removed');
    const removed = await call(all[2]!.url, 'POST /__admin/requests/remove', { body: { url: '/removed' } });
    expect(removed.json.serveEvents).toHaveLength(6);
    expect([await countOf('/kept'), await countOf('/removed')]).toEqual([
      [6, 6, 6],
      [0, 0, 0],
    ]);
    for (const { json } of await ask('GET /__admin/requests/counts')) expect(json.total).toBe(6);
    const [first] = (await call(all[0]!.url, 'GET /__admin/requests')).json.requests;
    await call(all[1]!.url, `DELETE /__admin/requests/${first.id}`);
    expect(await countOf('/kept')).toEqual([5, 5, 5]);
  });

  it('tells whoever waits on one what another answers', async () => {
    const waiting = call(all[0]!.url, 'POST /__admin/requests/wait', {
      body: { request: { url: '/awaited' }, exactly: 3, quietMs: 100, timeoutMs: 5_000 },
    });
    for (const { url } of all) await call(url, 'GET /awaited');
    expect((await waiting).json).toMatchObject({ satisfied: true, count: 3 });
  });

  it('verifies an order over replicas', async () => {
    const urls = ['/login', '/cart', '/order', '/pay', '/done', '/bye'];
    for (const [i, url] of urls.entries()) await call(all[i % 3]!.url, `GET ${url}`);
    const body = { sequence: urls.map(url => ({ url })), mode: 'strict' };
    for (const { json } of await ask('POST /__admin/requests/verify-sequence', body))
      expect(json).toMatchObject({ verified: true });
  });

  it('verifies an order, and lists by it, also where Redis hears of one replica late', async () => {
    const [scratch, way] = await Promise.all([makeScratch(), startTcpProxy(set.redisUrl)]);
    const late = await startServer({ DATABASE_URL: set.databaseUrl, REDIS_URL: way.url, DATA_DIR: scratch.folder });
    try {
      await call(late.url, 'GET /login');
      way.stall();
      await call(late.url, 'GET /cart');
      await call(all[0]!.url, 'GET /order');
      await way.resume();
      const body = { sequence: ['/login', '/cart', '/order'].map(url => ({ url })), mode: 'strict' };
      for (const { json } of await ask('POST /__admin/requests/verify-sequence', body))
        expect(json).toMatchObject({ verified: true });
      for (const { json } of await ask('GET /__admin/requests'))
        expect(json.requests.map(({ request }: { request: { url: string } }) => request.url)).toEqual([
          '/order',
          '/cart',
          '/login',
        ]);
    } finally {
      await late.stop();
      await Promise.all([way.close(), scratch.remove()]);
    }
  });

  it('shows beside an exchange what happened later on the replica that answered it', async () => {
    const receiver = await startReceiver();
    try {
      await set.load({
        request: { urlPath: '/hook' },
        serveEventListeners: [{ name: 'webhook', parameters: { method: 'POST', url: `${receiver.url}/called` } }],
      });
      await call(all[0]!.url, 'DELETE /__admin/requests');
      await call(all[1]!.url, 'GET /hook');
      await eventually(async () => {
        const { json } = await call(all[2]!.url, 'GET /__admin/requests');
        return json.requests[0].subEvents.some(({ type }: { type: string }) => type === 'WEBHOOK_RESPONSE');
      });
    } finally {
      await receiver.close();
    }
  });

  it('keeps what a replica answered that is killed', async () => {
    await atOnce(30, 'GET /survives');
    await all[2]!.kill();
    for (const { url } of all.slice(0, 2))
      expect((await call(url, 'POST /__admin/requests/count', { body: { url: '/survives' } })).json.count).toBe(30);
  });
});
