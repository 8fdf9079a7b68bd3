import { Agent } from 'node:http';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { createTestRedis, type TestRedis } from '../support/redis';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

let database: TestDatabase;
let redis: TestRedis;
let proxy: TcpProxy;
let scratch: Scratch;
let a: TestServer;
let b: TestServer;
const agent = new Agent({ keepAlive: true, maxSockets: 50 });

beforeAll(async () => {
  [database, redis, scratch] = await Promise.all([createTestDatabase(), createTestRedis(), makeScratch()]);
  proxy = await startTcpProxy(redis.url);
  const start = (name: string, redisUrl: string): Promise<TestServer> =>
    startServer({ DATABASE_URL: database.url, REDIS_URL: redisUrl, DATA_DIR: join(scratch.folder, name) });
  a = await start('a', redis.url);
  b = await start('b', proxy.url);
});
afterAll(async () => {
  agent.destroy();
  await Promise.all([a, b].map(server => server?.stop()));
  await proxy?.close();
  await Promise.all([database?.drop(), redis?.drop(), scratch?.remove()]);
});
beforeEach(async () => {
  await call(a.url, 'DELETE /__admin/mappings');
  await call(a.url, 'POST /__admin/reset');
});

/** Loads mocks on one replica, and waits until the other serves them. */
async function load(...mappings: object[]): Promise<void> {
  const ready = `/ready-${Math.random()}`;
  const all = [...mappings, { request: { urlPath: ready }, response: { status: 204 } }];
  await call(a.url, 'POST /__admin/mappings/import', { body: { mappings: all } });
  await eventually(async () => (await call(b.url, `GET ${ready}`)).status === 204);
}

/** At the same time, by turns to one replica and the other. */
const atOnce = (count: number, line: string) =>
  Promise.all(Array.from({ length: count }, (_, i) => call((i % 2 === 0 ? a : b).url, line, { agent })));
const numbersOf = (answers: readonly { text: string }[]): number[] =>
  answers.map(({ text }) => Number(text)).sort((x, y) => x - y);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('two replicas with one Redis', () => {
  it('take each transition of a scenario once, of 200 parallel requests', async () => {
    const states = upTo(200).map(i => (i === 0 ? 'Started' : `s${i}`));
    await load(
      ...states.map((state, i) => ({
        scenarioName: 'chain',
        requiredScenarioState: state,
        newScenarioState: states[i + 1] ?? 'end',
        request: { urlPath: '/next' },
        response: { body: String(i) },
      })),
    );
    expect(numbersOf(await atOnce(200, 'GET /next'))).toEqual(upTo(200));
    for (const { url } of [a, b])
      expect((await call(url, 'GET /__admin/scenarios')).json.scenarios[0].state).toBe('end');
  });

  it('lose no increment, and give each response of a sequence once', async () => {
    await load(
      {
        state: [{ increment: 'orders' }],
        request: { urlPath: '/orders' },
        response: { transformers: ['response-template'], body: "{{state 'orders'}}" },
      },
      {
        request: { urlPath: '/turn' },
        responses: { pick: 'sequence', from: upTo(100).map(i => ({ response: { body: String(i) } })) },
      },
    );
    expect(numbersOf(await atOnce(200, 'GET /orders'))).toEqual(upTo(200).map(i => i + 1));
    expect(numbersOf(await atOnce(100, 'GET /turn'))).toEqual(upTo(100));
  });

  it('hold one set of items of a resource', async () => {
    await load({
      request: { urlPath: '/users' },
      response: { resource: { name: 'users', items: [{ id: 1, name: 'Ann' }] } },
    });
    const made = await Promise.all(
      upTo(40).map(i => call((i % 2 === 0 ? a : b).url, 'POST /users', { body: { name: `n${i}` }, agent })),
    );
    expect(new Set(made.map(({ json }) => json.id)).size).toBe(40);
    const lists = await Promise.all([a, b].map(({ url }) => call(url, 'GET /users?_limit=100')));
    expect(lists[0]!.json).toHaveLength(41);
    expect(lists[1]!.json).toEqual(lists[0]!.json);
  });

  it('answer while Redis is away from one of them, which says so, and agree again afterwards', async () => {
    await load({
      state: [{ increment: 'n' }],
      request: { urlPath: '/n' },
      response: { transformers: ['response-template'], body: "{{state 'n'}}" },
    });
    expect((await call(b.url, 'GET /n')).text).toBe('1');
    await proxy.cut();
    expect((await call(b.url, 'GET /n')).text).toBe('2');
    await eventually(async () => (await call(b.url, 'GET /health')).json.degraded.includes('redis'));
    expect((await call(b.consoleUrl, 'GET /metrics')).text).toMatch(/^state_steps_isolated_total [1-9]/m);
    expect((await call(b.url, 'GET /health/ready')).status).toBe(200);
    expect((await call(a.url, 'GET /n')).text).toBe('2');
    await proxy.resume();
    await eventually(async () => (await call(b.url, 'GET /health')).json.status === 'ok');
    expect((await call(b.url, 'GET /n')).text).toBe('3');
  });

  it('says at start that replicas share, or that they do not', async () => {
    expect(a.output()).toContain('replicas   share state');
    const alone = await startServer({ DATABASE_URL: database.url, DATA_DIR: join(scratch.folder, 'alone') });
    expect(alone.output()).toContain('replicas   each has its own state, journal and cache: set REDIS_URL');
    expect((await call(alone.url, 'GET /health')).json.details.redis.message).toContain('set REDIS_URL');
    await alone.stop();
  });

  it('load the client of Redis only where there is one', async () => {
    const script = `import Module from 'node:module';process.on('exit',()=>console.log('ioredis '+Object.keys(Module._cache).some(f=>f.includes('/node_modules/ioredis/'))))`;
    const env = {
      DATABASE_URL: database.url,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}`,
    };
    const without = await startServer({ ...env, DATA_DIR: join(scratch.folder, 'alone') });
    const withRedis = await startServer({ ...env, DATA_DIR: join(scratch.folder, 'c'), REDIS_URL: redis.url });
    await Promise.all([without.stop(), withRedis.stop()]);
    expect([without.output(), withRedis.output()].map(text => /ioredis (true|false)/.exec(text)?.[1])).toEqual([
      'false',
      'true',
    ]);
  });
});
