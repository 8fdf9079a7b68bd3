import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sendSteadily } from '../support/balancer';
import { eventually } from '../support/eventually';
import { figure, sized } from '../support/faults';
import { call } from '../support/http-call';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { createTestRedis, type TestRedis } from '../support/redis';
import { makeScratch, type Scratch } from '../support/scratch';
import { freePort, startServer, type ServerEnv, type TestServer } from '../support/server';

/** How long after SIGTERM requests still go to a replica: one for each. */
const lagsMs = [100, 1_000, 3_000];
const perSecond = 500;
const agent = new Agent({ keepAlive: true, maxSockets: 50 });
let database: TestDatabase;
let redis: TestRedis;
let scratch: Scratch;
let envs: readonly ServerEnv[];
const replicas: TestServer[] = [];

beforeAll(async () => {
  [scratch, database, redis] = await Promise.all([makeScratch(), createTestDatabase(), createTestRedis()]);
  envs = await Promise.all(
    lagsMs.map(async (_, place) => ({
      PORT: String(await freePort()),
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      DATA_DIR: join(scratch.folder, String(place)),
      SHUTDOWN_DELAY_MS: '5000', // as in production
    })),
  );
  for (const env of envs) replicas.push(await startServer(env));
  await call(replicas[0]!.url, 'POST /__admin/mappings', {
    body: { request: { urlPath: '/who' }, response: { body: 'right' } },
  });
  for (const { url } of replicas) await eventually(async () => (await call(url, 'GET /who')).text === 'right');
}, 60_000);
afterAll(async () => {
  agent.destroy();
  await Promise.all(replicas.map(replica => replica.kill()));
  await Promise.all([database?.drop(), redis?.drop(), scratch?.remove()]);
});

it('F-14 no request fails in a rolling restart, though a balancer that repeats nothing learns late who leaves', async () => {
  const [rolls, requests] = [sized('FAULT_ROLLS', 1), sized('FAULT_ROLL_REQUESTS', 1_000)];
  const endpoints = new Set(replicas.keys());
  const load = sendSteadily(
    perSecond,
    async number => {
      const places = [...endpoints];
      const { url } = replicas[places[number % places.length]!]!;
      return number % 2 === 0
        ? call(url, 'GET /who', { agent })
        : call(url, 'POST /who', { agent, body: 'x'.repeat(500) });
    },
    ({ status, text }) => status === 200 && text === 'right',
  );
  let rolled = 0;
  for (; rolled < rolls || load.sent < requests; rolled++) {
    for (const [place, lagMs] of lagsMs.entries()) {
      const ended = replicas[place]!.stop();
      await pause(lagMs);
      endpoints.delete(place);
      expect(await ended).toBe(0);
      replicas[place] = await startServer(envs[place]!);
      endpoints.add(place);
    }
  }
  const { sent, wrong, failed } = await load.stop();
  expect({ wrong, failed }).toEqual({ wrong: [], failed: [] });
  figure('F-14', `${sent} requests at ${perSecond}/s, ${rolled} rolls of 3, known 0.1, 1 and 3 s late: none failed`);
}, 900_000);
