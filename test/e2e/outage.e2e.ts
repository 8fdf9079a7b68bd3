import { Agent } from 'node:http';
import { eventually } from '../support/eventually';
import { call, type Reply } from '../support/http-call';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type ServerEnv, type TestServer } from '../support/server';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

const writeWithinMs = 1_000;
let database: TestDatabase;
let proxy: TcpProxy;
let scratch: Scratch;
let env: ServerEnv;

beforeEach(async () => {
  [database, scratch] = await Promise.all([createTestDatabase(), makeScratch()]);
  proxy = await startTcpProxy(database.url);
  env = { DATABASE_URL: proxy.url, DATA_DIR: scratch.folder };
});
afterEach(async () => {
  await proxy.close();
  await Promise.all([database.drop(), scratch.remove()]);
});

const mapping = (url: string, body: string): object => ({ request: { method: 'GET', url }, response: { body } });
const write = (server: TestServer, url: string, body = 'written') =>
  call(server.url, 'POST /__admin/mappings', { body: mapping(url, body) });
const statusOf = async (server: TestServer, path: string): Promise<number> =>
  (await call(server.url, `GET ${path}`)).status;

/** Constant load until it is stopped: every answer is looked at. */
function putUnderLoad(server: TestServer, url: string, wanted: string) {
  const agent = new Agent({ keepAlive: true });
  const wrong: string[] = [];
  let count = 0;
  let goesOn = true;
  const client = async (): Promise<void> => {
    while (goesOn) {
      const answer = await call(server.url, `GET ${url}`, { agent, timeoutMs: 2_000 }).catch((error: unknown) => ({
        status: 0,
        text: String(error),
      }));
      if (answer.status !== 200 || answer.text !== wanted) wrong.push(`${answer.status} ${answer.text}`);
      count++;
    }
  };
  const clients = [client(), client()];
  return {
    wrong,
    get count() {
      return count;
    },
    stop: async () => {
      goesOn = false;
      await Promise.all(clients);
      agent.destroy();
    },
  };
}

/** Writes as a client would, and times each. */
async function timedWrites(server: TestServer, count: number): Promise<{ answer: Reply; tookMs: number }[]> {
  const writes = Array.from({ length: count }, async (_, n) => {
    const begin = performance.now();
    const answer = await write(server, `/during/${n}`);
    return { answer, tookMs: performance.now() - begin };
  });
  return Promise.all(writes);
}

const outages: readonly [string, () => void | Promise<void>][] = [
  ['is stopped', () => proxy.cut()],
  ['hangs and says nothing', () => proxy.stall()],
];

describe.each(outages)('while the database %s', (_what, breakDatabase) => {
  it('mocks go on being answered, writes get 503 in under a second, and all is well again by itself', async () => {
    const server = await startServer(env);
    try {
      await write(server, '/hello', 'hello');
      const load = putUnderLoad(server, '/hello', 'hello');
      await eventually(() => load.count > 50);
      await breakDatabase();
      const first = await timedWrites(server, 4);
      const later = await timedWrites(server, 4);
      const health = await call(server.url, 'GET /health');
      const ready = await statusOf(server, '/health/ready');
      const live = await statusOf(server, '/health/live');
      const countDuring = load.count;
      await eventually(() => load.count > countDuring + 200);

      for (const { answer, tookMs } of [...first, ...later]) {
        expect(answer).toMatchObject({ status: 503, json: { code: 'database-unavailable', status: 503 } });
        expect(answer.headers['content-type']).toMatch('application/problem+json');
        expect(answer.headers['retry-after']).toBeDefined();
        expect(tookMs).toBeLessThan(writeWithinMs);
      }
      expect(health).toMatchObject({ status: 200, json: { status: 'degraded', degraded: ['database'] } });
      expect([live, ready]).toEqual([200, 200]);

      await proxy.resume();
      await eventually(async () => (await write(server, '/after')).status === 201);
      expect((await call(server.url, 'GET /after')).text).toBe('written');
      await load.stop();
      expect(load.wrong).toEqual([]);
      expect(await call(server.url, 'GET /health')).toMatchObject({
        status: 200,
        json: { status: 'ok', degraded: [] },
      });
    } finally {
      await server.stop();
    }
  });

  it('a server that starts serves the last-known-good catalog, and takes writes once the database is back', async () => {
    const before = await startServer(env);
    await call(before.url, 'PUT /__admin/files/text.txt', { body: 'from a file' });
    await write(before, '/hello', 'last known');
    await call(before.url, 'POST /__admin/mappings', {
      body: { request: { url: '/file' }, response: { bodyFileName: 'text.txt' } },
    });
    await eventually(async () => (await call(before.url, 'GET /file')).text === 'from a file');
    await before.stop();
    await breakDatabase();

    const server = await startServer(env);
    try {
      const hello = await call(server.url, 'GET /hello');
      const file = await call(server.url, 'GET /file');
      const health = await call(server.url, 'GET /health');
      const [refused] = await timedWrites(server, 1);
      expect([hello.text, file.text]).toEqual(['last known', 'from a file']);
      expect(health).toMatchObject({ status: 200, json: { status: 'degraded', degraded: ['database'] } });
      expect(refused?.answer.status).toBe(503);
      expect(refused?.tookMs).toBeLessThan(writeWithinMs);
      await proxy.resume();
      await eventually(async () => (await write(server, '/after')).status === 201);
      expect((await call(server.url, 'GET /after')).text).toBe('written');
    } finally {
      await server.stop();
    }
  });

  it('a server that starts and knows no mocks is live and not ready, and becomes ready when the database comes', async () => {
    await breakDatabase();
    const server = await startServer(env, { until: 'listening' });
    try {
      const statuses = await Promise.all(
        ['/health/live', '/health/ready', '/health/startup', '/anything'].map(path => statusOf(server, path)),
      );
      const [refused] = await timedWrites(server, 1);
      expect(statuses).toEqual([200, 503, 503, 503]);
      expect(refused?.answer).toMatchObject({ status: 503, json: { code: 'database-unavailable' } });
      expect(refused?.tookMs).toBeLessThan(writeWithinMs);
      await proxy.resume();
      await eventually(async () => (await statusOf(server, '/health/ready')) === 200);
      expect((await write(server, '/after')).status).toBe(201);
      expect((await call(server.url, 'GET /after')).text).toBe('written');
    } finally {
      await server.stop();
    }
  });
});
