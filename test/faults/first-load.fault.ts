import { Agent } from 'node:http';
import { join } from 'node:path';
import { figure } from '../support/faults';
import { call, type Reply } from '../support/http-call';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

const clients = 1_000;
const agent = new Agent({ keepAlive: true, maxSockets: clients });
let database: TestDatabase;
let proxy: TcpProxy;
let scratch: Scratch;
let writer: TestServer;
let reader: TestServer;

beforeAll(async () => {
  [database, scratch] = await Promise.all([createTestDatabase(), makeScratch()]);
  proxy = await startTcpProxy(database.url, { listens: true });
  writer = await startServer({ DATABASE_URL: database.url, DATA_DIR: join(scratch.folder, 'writer') });
});
afterAll(async () => {
  agent.destroy();
  await Promise.all([writer, reader].map(server => server?.stop()));
  await Promise.all([proxy?.close(), scratch?.remove()]);
  await database?.drop();
});

const mapping = (url: string, body: string): object => ({ request: { method: 'GET', url }, response: { body } });
const mappings = [...Array.from({ length: 900 }, (_, i) => mapping(`/filling/${i}`, 'x')), mapping('/asked', 'first')];
const atOnce = (path: string, headers: Record<string, string> = {}): Promise<Reply[]> =>
  Promise.all(Array.from({ length: clients }, () => call(reader.url, `GET ${path}`, { agent, headers })));
/** Statements that read a workspace from its beginning, and those that look for what changed in it. */
const loads = (): { whole: number; changes: number } => ({
  whole: proxy.said('"mock"."position" >'),
  changes: proxy.said('"mock"."revision" >'),
});

it('F-24 a thousand requests at once load a workspace once, when it is new and when it changed', async () => {
  await call(writer.url, 'POST /__admin/mappings/import', { body: { mappings } });
  proxy.delay(200);
  reader = await startServer({ DATABASE_URL: proxy.url, DATA_DIR: join(scratch.folder, 'reader') });
  expect(loads().whole).toBe(1);

  await call(writer.url, 'POST /__admin/workspaces', { body: { slug: 'late', name: 'Late' } });
  await call(writer.url, 'POST /__w/late/__admin/mappings/import', { body: { mappings } });
  let early = 0;
  for (let isThere = false; !isThere;) {
    const answers = await atOnce('/__w/late/asked');
    const right = answers.filter(({ status, text }) => status === 200 && text === 'first');
    // Not known yet, known and not loaded, or loaded while it was empty.
    for (const { status } of answers) expect([200, 404, 503]).toContain(status);
    early += clients - right.length;
    isThere = right.length === clients;
  }
  expect(loads().whole).toBe(2);

  const { changes } = loads();
  const made = await call(writer.url, 'POST /__admin/mappings', { body: mapping('/asked', 'second') });
  const askedAt = performance.now();
  const answers = await atOnce('/asked', { 'X-Mock-Revision': String(made.headers['x-mock-revision']) });
  const tookMs = performance.now() - askedAt;
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(['200 second']));
  expect(loads()).toEqual({ whole: 2, changes: changes + 1 });
  figure(
    'F-24',
    `${clients} at once, database +200 ms: one load of a workspace at the start, one of a new one (${early} asked before), one after a change, all answered ${tookMs.toFixed(0)} ms after they asked`,
  );
}, 120_000);
