import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { call, type Reply } from '../support/http-call';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { createTestRedis, type TestRedis } from '../support/redis';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';

const within = 2_000;
let database: TestDatabase;
let redis: TestRedis;
let scratch: Scratch;
let a: TestServer;
let b: TestServer;

beforeAll(async () => {
  [database, redis, scratch] = await Promise.all([createTestDatabase(), createTestRedis(), makeScratch()]);
  [a, b] = (await Promise.all(
    ['a', 'b'].map(name =>
      startServer({ DATABASE_URL: database.url, REDIS_URL: redis.url, DATA_DIR: join(scratch.folder, name) }),
    ),
  )) as [TestServer, TestServer];
});
afterAll(async () => {
  await Promise.all([a, b].map(server => server.stop()));
  await Promise.all([database.drop(), redis.drop(), scratch.remove()]);
});

const ask = (server: TestServer, id: string | undefined, line: string, body?: unknown): Promise<Reply> =>
  call(server.url, line, {
    ...(id !== undefined && { headers: { 'X-Mock-Session': id } }),
    ...(body !== undefined && { body }),
  });
const mapping = (url: string, body: string, more: object = {}) => ({
  request: { method: 'GET', url },
  response: { body },
  ...more,
});
const served = (server: TestServer, id: string, url: string, wanted: string, deadlineMs = within) =>
  eventually(async () => {
    const { status, text } = await ask(server, id, `GET ${url}`);
    return (status === 200 ? text : String(status)) === wanted;
  }, deadlineMs);

describe('a session on two replicas', () => {
  it('has its mocks on both within 2 s, made, replaced and deleted on either, and nobody else has', async () => {
    const { json } = await ask(a, 's1', 'POST /__admin/mappings', mapping('/one', 'made'));
    await served(b, 's1', '/one', 'made');
    await ask(b, 's1', `PUT /__admin/mappings/${json.id}`, mapping('/one', 'replaced'));
    await served(a, 's1', '/one', 'replaced');
    expect((await ask(b, 's2', 'GET /one')).status).toBe(404);
    expect((await ask(b, undefined, 'GET /one')).status).toBe(404);
    await ask(a, 's1', `DELETE /__admin/mappings/${json.id}`);
    await served(b, 's1', '/one', '404');
  });

  it('waits for what was written elsewhere when it is told the revision', async () => {
    for (let i = 0; i < 5; i++) {
      const { headers } = await ask(a, 'waits', 'POST /__admin/mappings', mapping('/at-once', `number ${i}`));
      const reply = await call(b.url, 'GET /at-once', {
        headers: { 'X-Mock-Session': 'waits', 'X-Mock-Revision': String(headers['x-mock-revision']) },
      });
      expect(reply.text).toBe(`number ${i}`);
    }
  });

  it('sees on both what changes in the workspace', async () => {
    await ask(a, 's3', 'POST /__admin/mappings', mapping('/own', 'own'));
    await ask(b, undefined, 'POST /__admin/mappings', mapping('/shared', 'shared'));
    for (const server of [a, b]) await served(server, 's3', '/shared', 'shared');
  });

  it('has one state on both, with Redis, and the workspace another', async () => {
    const chain = ['Started', 'one', 'two', 'three', 'four'];
    const mappings = chain.map((state, i) =>
      mapping('/chain', state, {
        scenarioName: 'chain',
        requiredScenarioState: state,
        newScenarioState: chain[i + 1] ?? state,
      }),
    );
    await ask(a, undefined, 'POST /__admin/mappings/import', { mappings });
    await served(b, 'elsewhere', '/chain', 'Started');
    const texts: string[] = [];
    for (const server of [a, b, b, a]) texts.push((await ask(server, 's4', 'GET /chain')).text);
    expect(texts).toEqual(['Started', 'one', 'two', 'three']);
    expect((await ask(b, undefined, 'GET /chain')).text).toBe('Started');
    await ask(b, 's4', 'POST /__admin/reset');
    expect((await ask(a, 's4', 'GET /chain')).text).toBe('Started');
  });

  it('has one journal on both, with Redis', async () => {
    await ask(a, 'counted', 'POST /__admin/mappings', mapping('/counted', 'x'));
    await served(b, 'counted', '/counted', 'x');
    await ask(a, 'counted', 'DELETE /__admin/requests');
    for (const server of [a, b, b]) await ask(server, 'counted', 'GET /counted');
    for (const server of [a, b]) {
      expect((await ask(server, 'counted', 'POST /__admin/requests/count', {})).json.count).toBe(3);
      const { json } = await ask(server, 'counted', 'GET /__admin/requests/counts');
      expect(json).toMatchObject({ total: 3, mocks: [{ count: 3 }] });
      expect((await ask(server, undefined, 'POST /__admin/requests/count', { url: '/counted' })).json.count).toBe(0);
    }
  });

  it('is known on both when it was made by the API on one, and used there until it ends', async () => {
    await ask(a, undefined, 'POST /__admin/sessions', { id: 'made', ttlSeconds: 600 });
    const found = await ask(b, undefined, 'GET /__admin/sessions/made');
    expect(found).toMatchObject({ status: 200, json: { ttlSeconds: 600 } });
    expect((await ask(b, undefined, 'POST /__admin/sessions', { id: 'made' })).status).toBe(409);
  });

  it('is made once when both are asked to make it at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        ask(i % 2 === 0 ? a : b, undefined, 'POST /__admin/sessions', { id: 'race' }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  it('ends on both, and what begins anew under its id keeps its state when the other replica notices late', async () => {
    await ask(a, 'again', 'POST /__admin/mappings', mapping('/mine', 'first'));
    await served(b, 'again', '/mine', 'first');
    await ask(b, 'again', 'PUT /__admin/state/k', { value: 'first' });
    await ask(b, 'again', 'GET /mine');
    await ask(a, undefined, 'DELETE /__admin/sessions/again');
    for (const server of [b, a])
      expect((await ask(server, 'again', 'POST /__admin/requests/count', {})).json.count).toBe(0);
    expect((await ask(a, 'again', 'GET /__admin/state/k')).status).toBe(404);
    await ask(a, 'again', 'PUT /__admin/state/k', { value: 'second' });
    await ask(a, 'again', 'POST /__admin/mappings', mapping('/mine', 'second'));
    await served(b, 'again', '/mine', 'second');
    for (const server of [a, b]) {
      expect((await ask(server, 'again', 'GET /__admin/state/k')).json.value).toBe('second');
    }
  });

  it('that is used on one replica alone is not ended by the other', async () => {
    await ask(a, undefined, 'POST /__admin/sessions', { id: 'used', ttlSeconds: 1 });
    await ask(a, 'used', 'POST /__admin/mappings', mapping('/used', 'used'));
    await served(b, 'used', '/used', 'used');
    for (const end = Date.now() + 8_000; Date.now() < end;) {
      expect((await ask(b, 'used', 'GET /used')).text).toBe('used');
      await new Promise(resolve => setTimeout(resolve, 200));
    }
    await eventually(async () => (await ask(a, undefined, 'GET /__admin/sessions/used')).status === 404);
    await eventually(async () => (await ask(b, undefined, 'GET /__admin/sessions/used')).status === 404);
  });

  it('that both meet at the same moment is one', async () => {
    const ids = Array.from({ length: 50 }, (_, i) => `meet-${i}`);
    const written = await Promise.all(
      ids.flatMap(id =>
        [a, b].map((server, i) => ask(server, id, 'POST /__admin/mappings', mapping(`/meet/${i}`, `${id} ${i}`))),
      ),
    );
    expect(new Set(written.map(({ status }) => status))).toEqual(new Set([201]));
    for (const id of ids)
      for (const [i, server] of [b, a].entries()) await served(server, id, `/meet/${i}`, `${id} ${i}`, 10_000);
  });
});
