import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { sendSteadily } from '../support/balancer';
import { eventually } from '../support/eventually';
import { figure, quantile, sized } from '../support/faults';
import { call, type Reply } from '../support/http-call';
import { createTestDatabase, onPostgres, type TestDatabase } from '../support/postgres';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

const perSecond = sized('FAULT_RATE', 200);
const outageMs = sized('FAULT_OUTAGE_MS', 4_000);
const slowMs = 500;
const agent = new Agent({ keepAlive: true, maxSockets: 50 });
let database: TestDatabase;
let proxy: TcpProxy;
let scratch: Scratch;
let server: TestServer;

beforeAll(async () => {
  [database, scratch] = await Promise.all([createTestDatabase(), makeScratch()]);
  proxy = await startTcpProxy(database.url);
  server = await startServer({ DATABASE_URL: proxy.url, DATA_DIR: join(scratch.folder, 'one') });
});
afterAll(async () => {
  agent.destroy();
  await proxy?.resume();
  await server?.stop();
  await proxy?.close();
  await Promise.all([database?.drop(), scratch?.remove()]);
});

const mapping = (url: string): object => ({ request: { method: 'GET', url }, response: { body: 'hello' } });
const write = (url: string, headers: Record<string, string> = {}): Promise<Reply> =>
  call(server.url, 'POST /__admin/mappings', { body: mapping(url), headers, timeoutMs: 10_000 });
const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
const isRight = ({ status, text }: Reply): boolean => status === 200 && text === 'hello';
const hello = (): Promise<Reply> => call(server.url, 'GET /hello', { agent, timeoutMs: 5_000 });

it('F-03 connections that are killed in the middle of a write leave no half and no double', async () => {
  const rounds = sized('FAULT_ROUNDS', 10);
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  const unknown: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const writes = Array.from({ length: 8 }, async (_, i) => {
      const url = `/killed/${round}/${i}`;
      const headers = { 'Idempotency-Key': randomUUID() };
      for (let attempt = 0; ; attempt++) {
        const { status } = await write(url, headers);
        if (status === 201) return attempt;
        expect(status).toBe(503);
        await wait(20);
      }
    });
    await wait(Math.random() * 30);
    await onPostgres(database.url, client => client.query(cut));
    unknown.push(...(await Promise.all(writes)));
  }
  const { json } = await call(server.url, 'GET /__admin/mappings');
  const urls = (json.mappings as { request: { url: string } }[]).map(({ request }) => request.url);
  const killed = urls.filter(url => url.startsWith('/killed/'));
  expect(killed).toHaveLength(rounds * 8);
  expect(new Set(killed).size).toBe(rounds * 8);
  figure(
    'F-03',
    `${rounds} kills, ${rounds * 8} writes, ${unknown.filter(tries => tries > 0).length} repeated, each there once`,
  );
}, 300_000);

describe.each([
  ['F-04', 'is down', () => proxy.cut()],
  ['F-05', 'hangs', () => Promise.resolve(proxy.stall())],
] as const)('%s while the database %s', (row, _what, begin) => {
  it('every mock is answered, writes get 503 in less than a second, and all is well within 5 s afterwards', async () => {
    await write('/hello');
    await eventually(async () => isRight(await hello()));
    const before = sendSteadily(perSecond, hello, isRight);
    await wait(outageMs / 2);
    const baseline = await before.stop();
    await begin();
    const during = sendSteadily(perSecond, hello, isRight);
    const slowest: number[] = [];
    const end = Date.now() + outageMs;
    while (Date.now() < end) {
      const at = performance.now();
      const { status } = await write(`/refused/${at}`);
      slowest.push(performance.now() - at);
      expect(status).toBe(503);
      await wait(100);
    }
    const statuses = await Promise.all(
      ['live', 'ready'].map(async probe => (await call(server.url, `GET /health/${probe}`)).status),
    );
    const outcome = await during.stop();
    await proxy.resume();
    const backAt = performance.now();
    await eventually(async () => (await write(`/back/${row}/${Math.random()}`)).status === 201);
    const backMs = performance.now() - backAt;
    expect([...outcome.wrong, ...outcome.failed]).toEqual([]);
    expect(statuses).toEqual([200, 200]);
    expect(Math.max(...slowest)).toBeLessThan(1_000);
    expect(backMs).toBeLessThan(5_000);
    const [p99Before, p99] = [baseline, outcome].map(({ latenciesMs }) => quantile(latenciesMs, 0.99));
    figure(
      row,
      `${outcome.sent} of ${outcome.sent} answered in ${(outageMs / 1_000).toFixed(0)} s, p99 ${p99Before!.toFixed(1)} -> ${p99!.toFixed(1)} ms, slowest 503 ${Math.max(...slowest).toFixed(0)} ms, back after ${backMs.toFixed(0)} ms`,
    );
  }, 900_000);
});

it('F-06 a database that is slow slows no mock, and an admin call takes less than two seconds', async () => {
  await write('/hello');
  const before = sendSteadily(perSecond, hello, isRight);
  await wait(outageMs / 2);
  const baseline = await before.stop();
  // Connections are there, as on a server in use: each new one is a round trip more.
  await Promise.all(Array.from({ length: 6 }, () => call(server.url, 'GET /__admin/mappings?limit=1')));
  proxy.delay(slowMs);
  const during = sendSteadily(perSecond, hello, isRight);
  const tookMs = { read: [] as number[], write: [] as number[] };
  const timed = async (kind: keyof typeof tookMs, line: string, body?: object): Promise<Reply> => {
    const at = performance.now();
    const reply = await call(server.url, line, { body, timeoutMs: 10_000 });
    tookMs[kind].push(performance.now() - at);
    expect([line, reply.status]).toEqual([line, line.startsWith('POST') ? 201 : 200]);
    return reply;
  };
  const end = Date.now() + 2 * outageMs;
  while (Date.now() < end) {
    await timed('read', 'GET /__admin/mappings?limit=1');
    const { json } = await timed('write', 'POST /__admin/mappings', mapping('/slow'));
    await timed('write', `PUT /__admin/mappings/${json.id}`, mapping('/slower'));
    await timed('write', `DELETE /__admin/mappings/${json.id}`);
  }
  const outcome = await during.stop();
  proxy.delay(0);
  expect([...outcome.wrong, ...outcome.failed]).toEqual([]);
  const [reads, writes] = [tookMs.read, tookMs.write].map(all => quantile(all, 0.99));
  expect(reads).toBeLessThan(2_000);
  expect(writes).toBeLessThan(2_000);
  const [p99Before, p99] = [baseline, outcome].map(({ latenciesMs }) => quantile(latenciesMs, 0.99));
  figure(
    'F-06',
    `mocks p99 ${p99Before!.toFixed(1)} -> ${p99!.toFixed(1)} ms, admin reads p99 ${reads!.toFixed(0)} ms, writes p99 ${writes!.toFixed(0)} ms, with ${slowMs} ms more a round trip`,
  );
}, 300_000);

it('F-31 replicas that come back all at once take no more connections than their pools have', async () => {
  const count = sized('FAULT_REPLICAS', 4);
  const poolSize = 3;
  const start = (i: number): Promise<TestServer> =>
    startServer({
      DATABASE_URL: proxy.url,
      DATABASE_POOL_SIZE: String(poolSize),
      DATA_DIR: join(scratch.folder, `storm-${i}`),
    });
  const replicas = await Promise.all(Array.from({ length: count }, (_, i) => start(i)));
  const connections = async (): Promise<number> => {
    const query = `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    const { rows } = await onPostgres(database.url, client => client.query<{ n: string }>(query));
    return Number(rows[0]?.n);
  };
  try {
    const own = await connections();
    await proxy.cut();
    await eventually(async () => (await call(replicas[0]!.url, 'GET /health')).json.degraded.includes('database'));
    await proxy.resume();
    const backAt = performance.now();
    let most = 0;
    await eventually(async () => {
      most = Math.max(most, await connections());
      const healths = await Promise.all(replicas.map(({ url }) => call(url, 'GET /health')));
      return healths.every(({ json }) => json.status === 'ok');
    });
    const backMs = performance.now() - backAt;
    // Each pool, its probe, one for migrations; and the first server's.
    expect(most).toBeLessThanOrEqual(count * (poolSize + 2) + 12);
    expect(backMs).toBeLessThan(5_000);
    figure('F-31', `${count} replicas back after ${backMs.toFixed(0)} ms, ${most} connections at most (${own} before)`);
  } finally {
    await Promise.all(replicas.map(replica => replica.stop()));
  }
}, 120_000);
