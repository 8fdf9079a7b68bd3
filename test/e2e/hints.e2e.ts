import { Agent } from 'node:http';
import { join } from 'node:path';
import { call } from '../support/http-call';
import { startHintFilter, type HintFilter } from '../support/hint-filter';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';
import { stalenessOf } from '../support/staleness';

let database: TestDatabase;
let filter: HintFilter;
let scratch: Scratch;
let writer: TestServer;
let hinted: TestServer;
let unhinted: TestServer;
const agent = new Agent({ keepAlive: true, maxSockets: 20 });

beforeAll(async () => {
  [database, scratch] = await Promise.all([createTestDatabase(), makeScratch()]);
  filter = await startHintFilter(database.url);
  const start = (name: string, url: string): Promise<TestServer> =>
    startServer({ DATABASE_URL: url, DATA_DIR: join(scratch.folder, name) });
  writer = await start('writer', database.url);
  [hinted, unhinted] = await Promise.all([start('hinted', database.url), start('unhinted', filter.url)]);
});
afterAll(async () => {
  agent.destroy();
  await Promise.all([writer, hinted, unhinted].map(server => server?.stop()));
  await filter?.close();
  await Promise.all([database?.drop(), scratch?.remove()]);
});

const write = async (url: string, body: string) =>
  call(writer.url, 'POST /__admin/mappings', { body: { request: { url }, response: { body } }, agent });

describe('a change on one replica', () => {
  it('is served by another within 500 ms at p99 with hints, and within 2 s with all of them dropped', async () => {
    const { byReplica } = await stalenessOf({ writer, readers: [hinted, unhinted], changes: 300, agent });
    const [withHints, without] = byReplica.map(all => all.sort((a, b) => a - b));
    expect(withHints!.at(Math.floor(withHints!.length * 0.99))).toBeLessThan(500);
    expect(without!.at(-1)).toBeLessThan(2_000);
    expect(filter.dropped).toBeGreaterThan(300);
  });

  it('answers with its revision, and whoever names that waits for it on any replica', async () => {
    for (const replica of [hinted, unhinted]) {
      const { headers } = await write(`/named-${replica.port}`, 'there');
      const revision = String(headers['x-mock-revision']);
      expect(revision).toMatch(/^\d+$/);
      const answer = await call(replica.url, `GET /named-${replica.port}`, {
        headers: { 'X-Mock-Revision': revision },
      });
      expect(answer.text).toBe('there');
      const scenarios = await call(replica.url, 'GET /__admin/scenarios', { headers: { 'X-Mock-Revision': revision } });
      expect(scenarios.status).toBe(200);
    }
  });

  it('is not waited for longer than replicas may take: 503', async () => {
    const { headers } = await write('/later', 'there');
    const next = { headers: { 'X-Mock-Revision': String(Number(headers['x-mock-revision']) + 1) } };
    for (const line of ['GET /later', 'GET /__admin/scenarios'])
      expect(await call(hinted.url, line, next)).toMatchObject({ status: 503, json: { code: 'not-ready' } });
    for (const text of ['', 'x', '-1', '1e3'])
      expect((await call(hinted.url, 'GET /later', { headers: { 'X-Mock-Revision': text } })).text).toBe('there');
  });
});
