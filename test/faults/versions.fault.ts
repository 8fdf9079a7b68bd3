import { mkdir } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { sendSteadily } from '../support/balancer';
import { eventually } from '../support/eventually';
import { figure, sized } from '../support/faults';
import { call } from '../support/http-call';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { previousBuild, type PreviousBuild } from '../support/previous-build';
import { createTestRedis, type TestRedis } from '../support/redis';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';

const agent = new Agent({ keepAlive: true, maxSockets: 50 });
const running = new Set<TestServer>();
let database: TestDatabase;
let redis: TestRedis;
let scratch: Scratch;
let previous: PreviousBuild;

beforeAll(async () => {
  [database, redis, scratch] = await Promise.all([createTestDatabase(), createTestRedis(), makeScratch()]);
  previous = previousBuild(await newFolder('previous'));
}, 120_000);
afterAll(async () => {
  agent.destroy();
  await Promise.all([...running].map(server => server.stop()));
  await Promise.all([database?.drop(), redis?.drop(), scratch?.remove()]);
});

async function newFolder(name: string): Promise<string> {
  const folder = join(scratch.folder, name);
  await mkdir(folder);
  return folder;
}

async function start(options: { main?: string } = {}): Promise<TestServer> {
  const DATA_DIR = await newFolder(`data-${running.size}`);
  const server = await startServer({ DATABASE_URL: database.url, REDIS_URL: redis.url, DATA_DIR }, options);
  running.add(server);
  return server;
}

const mapping = (url: string, body: string): object => ({ request: { method: 'GET', url }, response: { body } });
const create = (server: TestServer, url: string, body: string) =>
  call(server.url, 'POST /__admin/mappings', { body: mapping(url, body), agent });
const serves = (server: TestServer, url: string, body: string | undefined) =>
  eventually(async () => {
    const { status, text } = await call(server.url, `GET ${url}`, { agent });
    return body === undefined ? status === 404 : text === body;
  }, 2_000);

/** One mock's way: made by one server, replaced and deleted by the other; both serve each state of it. */
async function writeInTurns([one, other]: readonly [TestServer, TestServer], url: string): Promise<void> {
  const { json } = await create(one, url, 'made');
  await serves(other, url, 'made');
  const put = await call(other.url, `PUT /__admin/mappings/${json.id}`, { body: mapping(url, 'replaced'), agent });
  expect(put.status).toBe(200);
  await serves(one, url, 'replaced');
  expect((await call(one.url, `DELETE /__admin/mappings/${json.id}`, { agent })).status).toBe(200);
  for (const server of [one, other]) await serves(server, url, undefined);
}

/** Both add to the number in one mock; who was too late reads it again. */
async function addTogether(servers: readonly TestServer[], times: number): Promise<string> {
  const { json } = await create(servers[0]!, '/sum', '0');
  await serves(servers[1]!, '/sum', '0');
  const add = async (server: TestServer): Promise<void> => {
    for (;;) {
      const read = await call(server.url, `GET /__admin/mappings/${json.id}`, { agent });
      const { status } = await call(server.url, `PUT /__admin/mappings/${json.id}`, {
        body: mapping('/sum', String(Number(read.json.response.body) + 1)),
        headers: { 'If-Match': String(read.headers.etag) },
        agent,
      });
      if (status === 200) return;
      expect(status).toBe(412);
    }
  };
  await Promise.all(Array.from({ length: times }, (_, i) => add(servers[i % servers.length]!)));
  return (await call(servers[0]!.url, `GET /__admin/mappings/${json.id}`)).json.response.body as string;
}

it('F-12 the version before the newest migration and this one write and serve on one database, in both orders of coming and going', async () => {
  const old = await start(previous);
  await create(old, '/kept', 'of the old');
  await call(old.url, 'POST /__admin/workspaces', { body: { slug: 'team', name: 'Team' } });
  const kept = (): ReturnType<typeof call> => call(old.url, 'GET /kept', { agent });
  const load = sendSteadily(100, kept, ({ text }) => text === 'of the old');

  const current = await start();
  await serves(current, '/kept', 'of the old');
  const turns = sized('FAULT_TURNS', 10);
  for (let i = 0; i < turns; i++) {
    await writeInTurns([old, current], `/old-first/${i}`);
    await writeInTurns([current, old], `/new-first/${i}`);
  }
  expect(await addTogether([old, current], 20)).toBe('20');
  for (const server of [old, current]) await serves(server, '/sum', '20');
  await call(current.url, 'POST /__w/team/__admin/mappings', { body: mapping('/theirs', 'theirs') });
  await serves(old, '/__w/team/theirs', 'theirs');
  const { sent, wrong, failed } = await load.stop();
  expect([...wrong, ...failed]).toEqual([]);

  // The way back: the old version starts on the new schema, beside the new one and alone.
  expect(await old.stop()).toBe(0);
  const back = await start(previous);
  await writeInTurns([back, current], '/back');
  expect(await current.stop()).toBe(0);
  await serves(back, '/kept', 'of the old');
  expect((await create(back, '/alone', 'alone')).status).toBe(201);
  const forward = await start();
  for (const [url, body] of [['/kept', 'of the old'], ['/alone', 'alone'], ['/sum', '20']] as const) await serves(forward, url, body); // prettier-ignore
  const lists = await Promise.all([back, forward].map(({ url }) => call(url, 'GET /__admin/mappings')));
  expect(lists[0]!.json.mappings).toEqual(lists[1]!.json.mappings);
  figure(
    'F-12',
    `${previous.what} beside this one: ${turns * 2} mocks written by turns, 20 of 20 updates of one mock, ${sent} of ${sent} answered, and the way back`,
  );
}, 300_000);
