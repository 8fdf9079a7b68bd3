import { Agent } from 'node:http';
import { join } from 'node:path';
import { sendSteadily } from '../support/balancer';
import { eventually } from '../support/eventually';
import { figure, quantile, sized } from '../support/faults';
import { call } from '../support/http-call';
import { startOwnRedis, type OwnRedis } from '../support/own-redis';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';

const perSecond = sized('FAULT_RATE', 200);
const phaseMs = sized('FAULT_PHASE_MS', 1_500);
/** A hit that needs a Redis that hangs waits for a tenth of a second, once; those after it do not. */
const noticedMs = 300;
let database: TestDatabase;
let redis: OwnRedis;
let scratch: Scratch;
let a: TestServer;
let b: TestServer;
const agent = new Agent({ keepAlive: true, maxSockets: 50 });

beforeAll(async () => {
  [database, redis, scratch] = await Promise.all([createTestDatabase(), startOwnRedis(), makeScratch()]);
  const start = (name: string): Promise<TestServer> =>
    startServer({ DATABASE_URL: database.url, REDIS_URL: redis.url, DATA_DIR: join(scratch.folder, name) });
  [a, b] = [await start('a'), await start('b')];
});
afterAll(async () => {
  agent.destroy();
  redis?.thaw();
  await Promise.all([a, b].map(server => server?.stop()));
  await Promise.all([database?.drop(), redis?.remove(), scratch?.remove()]);
});

const load = (server: TestServer, mapping: object) =>
  call(server.url, 'POST /__admin/mappings', { body: mapping, timeoutMs: 10_000 });
const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

const faults: readonly [what: string, begin: () => Promise<unknown> | void, end: () => Promise<unknown> | void][] = [
  ['down', () => redis.kill(), () => redis.start()],
  ['stalled', () => redis.freeze(), () => redis.thaw()],
  ['flushed', () => redis.run('FLUSHALL'), () => undefined],
  ['restarted empty', () => redis.kill().then(() => redis.start()), () => undefined],
  ['full', () => redis.run('CONFIG', 'SET', 'maxmemory', '1'), () => redis.run('CONFIG', 'SET', 'maxmemory', '0')],
];

describe('F-08 a Redis', () => {
  it.each(faults)(
    'that is %s: mocks are answered, none later, and changes are everywhere within 2 s',
    async (...fault) => {
      const [what, begin, end] = fault;
      const path = `/${what.replaceAll(' ', '-')}`;
      await load(a, { request: { urlPath: `${path}/plain` }, response: { body: 'plain' } });
      await load(a, {
        state: [{ increment: what }],
        request: { urlPath: `${path}/counted` },
        response: { transformers: ['response-template'], body: `{{state '${what}'}}` },
      });
      await eventually(async () => (await call(b.url, `GET ${path}/counted`)).status === 200);
      const send = (number: number) =>
        call((number % 2 === 0 ? a : b).url, `GET ${path}/${number % 4 < 2 ? 'plain' : 'counted'}`, {
          agent,
          timeoutMs: 5_000,
        });
      const isRight = ({ status }: { status: number }): boolean => status === 200;

      const before = sendSteadily(perSecond, send, isRight);
      await wait(phaseMs);
      const baseline = await before.stop();

      await begin();
      const beganAt = performance.now();
      const stateful: number[] = [];
      const during = sendSteadily(
        perSecond,
        async number => {
          const at = performance.now();
          const reply = await send(number);
          if (number % 4 >= 2 && at - beganAt > noticedMs) stateful.push(performance.now() - at);
          return reply;
        },
        isRight,
      );
      const plain = sendSteadily(perSecond / 4, () => call(a.url, `GET ${path}/plain`, { agent }), isRight);
      const changedAt = performance.now();
      await load(a, { request: { urlPath: `${path}/new` }, response: { status: 204 } });
      await eventually(async () => (await call(b.url, `GET ${path}/new`)).status === 204);
      const changeMs = performance.now() - changedAt;
      await wait(phaseMs);
      const [outcome, static_] = [await during.stop(), await plain.stop()];
      await end();
      await eventually(async () => (await call(a.url, 'GET /health')).json.status === 'ok');
      await eventually(async () => (await call(b.url, 'GET /health')).json.status === 'ok');

      expect([...outcome.wrong, ...outcome.failed, ...static_.wrong, ...static_.failed]).toEqual([]);
      expect(changeMs).toBeLessThan(2_000);
      const [p50Before, p50During] = [quantile(baseline.latenciesMs, 0.5), quantile(static_.latenciesMs, 0.5)];
      const p50Stateful = quantile(stateful, 0.5);
      expect(p50During - p50Before).toBeLessThan(5);
      expect(p50Stateful - p50Before).toBeLessThan(5);
      figure(
        'F-08',
        `${what}: ${outcome.sent + static_.sent} of ${outcome.sent + static_.sent} answered, p50 ${p50Before.toFixed(1)} -> ${p50During.toFixed(1)} ms plain, ${p50Stateful.toFixed(1)} ms with state, slowest at the moment of the fault ${Math.max(...outcome.latenciesMs).toFixed(0)} ms, ${noticedMs} ms later ${Math.max(...stateful).toFixed(0)} ms, change ${changeMs.toFixed(0)} ms`,
      );
    },
  );
});
