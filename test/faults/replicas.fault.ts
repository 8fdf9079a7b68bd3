import { Agent } from 'node:http';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { figure, quantile, sized } from '../support/faults';
import { startHintFilter } from '../support/hint-filter';
import { call } from '../support/http-call';
import { startReplicas, type ReplicaSet } from '../support/replica-set';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type ServerEnv, type TestServer } from '../support/server';
import { stalenessOf } from '../support/staleness';
import { startTcpProxy } from '../support/tcp-proxy';

const agent = new Agent({ keepAlive: true, maxSockets: 50 });
/** As NODE_OPTIONS: this replica's clock is wrong by so much. */
const skewed = (ms: number): ServerEnv => {
  const script = `const now=Date.now;Date.now=()=>now()+${ms};const D=Date;globalThis.Date=class extends D{constructor(...a){a.length?super(...a):super(now()+${ms})}static now(){return now()+${ms}}}`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
};

let set: ReplicaSet;
let scratch: Scratch;

beforeAll(async () => {
  set = await startReplicas(3, place => [{}, skewed(300_000), skewed(-300_000)][place] ?? {});
  scratch = await makeScratch();
}, 60_000);
afterAll(async () => {
  agent.destroy();
  await Promise.all([set?.stop(), scratch?.remove()]);
});

/** One more replica, which reaches the database by the way given. */
const startBehind = (name: string, url: string): Promise<TestServer> =>
  startServer({ DATABASE_URL: url, REDIS_URL: set.redisUrl, DATA_DIR: join(scratch.folder, name) });

const mapping = (url: string, body: string, more: object = {}): object => ({
  ...more,
  request: { method: 'GET', url },
  response: { body },
});

it('F-09 with all hints dropped no change is stale after 2 s', async () => {
  const changes = sized('FAULT_CHANGES', 100);
  const filter = await startHintFilter(set.databaseUrl);
  const unhinted = await startBehind('unhinted', filter.url);
  const { byReplica, tookMs } = await stalenessOf({
    writer: set.servers[0]!,
    readers: [unhinted],
    changes,
    agent,
    lanes: Math.min(10, Math.ceil(changes / 100)),
  }).finally(() => unhinted.stop());
  await filter.close();
  const stale = byReplica[0]!;
  expect(stale.length).toBeGreaterThanOrEqual(changes);
  expect(Math.max(...stale)).toBeLessThan(2_000);
  expect(filter.dropped).toBeGreaterThan(changes);
  figure(
    'F-09',
    `${stale.length} changes in ${(tookMs / 1_000).toFixed(0)} s, ${filter.dropped} hints dropped, p99 ${quantile(stale, 0.99).toFixed(0)} ms, slowest ${Math.max(...stale).toFixed(0)} ms`,
  );
}, 900_000);

it('F-10 a replica that is cut off from the database serves what it has, says so, and follows within 2 s afterwards', async () => {
  const [writer] = set.servers;
  const proxy = await startTcpProxy(set.databaseUrl);
  const partitioned = await startBehind('partitioned', proxy.url);
  await call(writer!.url, 'POST /__admin/mappings', { body: mapping('/partition', 'before') });
  await eventually(async () => (await call(partitioned.url, 'GET /partition')).text === 'before');
  proxy.stall();
  await eventually(async () => (await call(partitioned.url, 'GET /health')).json.degraded.includes('database'));
  await call(writer!.url, 'POST /__admin/mappings', { body: mapping('/partition', 'after') });
  const end = Date.now() + sized('FAULT_PARTITION_MS', 3_000);
  let answered = 0;
  while (Date.now() < end) {
    expect((await call(partitioned.url, 'GET /partition', { agent })).text).toBe('before');
    answered++;
  }
  await proxy.resume();
  await eventually(async () => (await call(partitioned.url, 'GET /health')).json.status === 'ok');
  const healedAt = performance.now();
  await eventually(async () => (await call(partitioned.url, 'GET /partition')).text === 'after');
  const tookMs = performance.now() - healedAt;
  await partitioned.stop();
  await proxy.close();
  expect(tookMs).toBeLessThan(2_000);
  figure('F-10', `${answered} answered while cut off, current ${tookMs.toFixed(0)} ms after the database was back`);
}, 900_000);

it('F-25 fifty writers of one mock lose no update, and all replicas end with the same', async () => {
  const [first] = set.servers;
  const { json } = await call(first!.url, 'POST /__admin/mappings', { body: mapping('/fought', '0') });
  const increment = async (number: number): Promise<number> => {
    const { url } = set.servers[number % 3]!;
    for (let tries = 1; ; tries++) {
      const read = await call(url, `GET /__admin/mappings/${json.id}`, { agent });
      const next = String(Number(read.json.response.body) + 1);
      const written = await call(url, `PUT /__admin/mappings/${json.id}`, {
        body: mapping('/fought', next),
        headers: { 'If-Match': String(read.headers.etag) },
        agent,
        timeoutMs: 30_000,
      });
      if (written.status === 200) return tries;
      expect(written.status).toBe(412);
    }
  };
  const tries = await Promise.all(Array.from({ length: 50 }, (_, i) => increment(i)));
  for (const { url } of set.servers)
    await eventually(async () => (await call(url, 'GET /fought')).text === '50', 5_000);
  figure('F-25', `50 of 50 updates, ${tries.reduce((sum, one) => sum + one, 0)} tries`);
}, 120_000);

it('F-27 clocks that differ by ten minutes change neither the order of mocks and of the journal nor who follows whom', async () => {
  for (let i = 1; i <= 12; i++)
    await call(set.servers[i % 3]!.url, 'POST /__admin/mappings', { body: mapping('/newest', String(i)) });
  for (const { url } of set.servers)
    await eventually(async () => (await call(url, 'GET /newest')).text === '12', 2_500);
  await call(set.servers[0]!.url, 'DELETE /__admin/requests');
  for (let i = 0; i < 6; i++) await call(set.servers[i % 3]!.url, `GET /in-order/${i}`);
  const body = { sequence: Array.from({ length: 6 }, (_, i) => ({ url: `/in-order/${i}` })), mode: 'strict' };
  for (const { url } of set.servers)
    expect((await call(url, 'POST /__admin/requests/verify-sequence', { body })).json).toMatchObject({
      verified: true,
    });
  figure('F-27', 'three clocks within 10 minutes: one order of mocks, one of the journal');
});

it('F-26 a replica that stands still for 2 s lives on, and shows it', async () => {
  const [first] = set.servers;
  process.kill(first!.pid, 'SIGSTOP');
  const asked = call(first!.url, 'GET /health/live', { timeoutMs: 10_000 });
  await new Promise(resolve => setTimeout(resolve, 2_000));
  process.kill(first!.pid, 'SIGCONT');
  expect((await asked).status).toBe(200);
  const { text } = await call(first!.consoleUrl, 'GET /metrics');
  const lag = Math.max(
    ...[...text.matchAll(/^nodejs_eventloop_lag_(?:max_)?seconds(?:\{.*\})? (\S+)$/gm)].map(found => Number(found[1])),
  );
  expect(lag).toBeGreaterThan(0.5);
  figure('F-26', `live after it, greatest lag in the metrics ${lag.toFixed(2)} s`);
});
