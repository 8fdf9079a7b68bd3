import { Agent } from 'node:http';
import { call } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

let server: ScratchServer;
const agent = new Agent({ keepAlive: true, maxSockets: 50 });

beforeAll(async () => {
  server = await startScratchServer({
    STATE_MAX_KEYS: '3',
    STATE_MAX_ITEMS: '300',
    STATE_MAX_BYTES: '100000',
  });
});
afterAll(async () => {
  agent.destroy();
  await server?.remove();
});
beforeEach(() => call(server.url, 'POST /__admin/reset'));

const load = (mapping: object) => call(server.url, 'POST /__admin/mappings', { body: mapping });
const counts = Array.from({ length: 200 }, (_, i) => i);
const text = (body: string): object => ({ transformers: ['response-template'], body });

describe('the key-value store', () => {
  it('loses no increment of 200 at once, and each hit sees its own, after a delay too', async () => {
    await load({
      state: [{ increment: 'orders' }],
      request: { method: 'POST', urlPath: '/orders' },
      response: { ...text("{{state 'orders'}}"), fixedDelayMilliseconds: 20 },
    });
    const answers = await Promise.all(counts.map(() => call(server.url, 'POST /orders', { agent })));
    const numbers = answers.map(answer => Number(answer.text)).sort((a, b) => a - b);
    expect(numbers).toEqual(counts.map(i => i + 1));
    expect((await call(server.url, 'GET /__admin/state/orders')).json).toEqual({ key: 'orders', value: 200 });
  });

  it('is written by templates as well, and a body file can read it', async () => {
    await call(server.url, 'PUT /__admin/files/who.txt', { body: Buffer.from("{{state 'who' default='nobody'}}") });
    await load({ request: { urlPath: '/set' }, response: text("{{setState 'who' request.query.who}}set") });
    await load({
      request: { urlPath: '/who' },
      response: { transformers: ['response-template'], bodyFileName: 'who.txt' },
    });
    expect((await call(server.url, 'GET /who')).text).toBe('nobody');
    expect((await call(server.url, 'GET /set?who=Ann')).text).toBe('set');
    expect((await call(server.url, 'GET /who')).text).toBe('Ann');
  });

  it('can be listed in pages, read, written, deleted and reset', async () => {
    for (const key of ['a', 'b/c', 'a2'])
      await call(server.url, `PUT /__admin/state/${encodeURIComponent(key)}`, { body: { value: { of: key } } });
    const listed = await call(server.url, 'GET /__admin/state?prefix=a&limit=1&offset=1');
    expect(listed.json).toEqual({ values: [{ key: 'a2', value: { of: 'a2' } }], meta: { total: 2 } });
    expect((await call(server.url, 'GET /__admin/state/b%2Fc')).json.value).toEqual({ of: 'b/c' });
    expect((await call(server.url, 'DELETE /__admin/state/b%2Fc')).status).toBe(200);
    expect((await call(server.url, 'DELETE /__admin/state/b%2Fc')).status).toBe(404);
    expect((await call(server.url, 'GET /__admin/state/b%2Fc')).status).toBe(404);
    expect((await call(server.url, 'PUT /__admin/state/a', { body: {} })).status).toBe(422);
    expect((await call(server.url, 'PUT /__admin/state/a', { body: { value: 1, more: 2 } })).status).toBe(400);
    await call(server.url, 'POST /__admin/state/reset');
    expect((await call(server.url, 'GET /__admin/state')).json.meta.total).toBe(0);
  });

  it('refuses more than it may hold, to the admin API and to a hit, and counts that', async () => {
    for (const key of ['a', 'b', 'c']) await call(server.url, `PUT /__admin/state/${key}`, { body: { value: 1 } });
    const fourth = await call(server.url, 'PUT /__admin/state/d', { body: { value: 1 } });
    expect(fourth).toMatchObject({ status: 507, json: { code: 'state-full' } });
    expect(fourth.json.detail).toContain('a value 1048576 bytes');
    await load({
      state: [
        { set: 'a', value: 2 },
        { set: 'e', value: 1 },
      ],
      request: { urlPath: '/e' },
    });
    expect(await call(server.url, 'GET /e')).toMatchObject({ status: 507, json: { code: 'state-full' } });
    expect((await call(server.url, 'GET /__admin/state/a')).json.value).toBe(1);
    const big = await call(server.url, 'PUT /__admin/state/a', { body: { value: 'x'.repeat(100_001) } });
    expect(big.status).toBe(507);
    expect((await call(server.consoleUrl, 'GET /metrics')).text).toMatch(/^state_writes_refused_total [3-9]/m);
  });

  it('of another workspace is another', async () => {
    await call(server.url, 'POST /__admin/workspaces', { body: { slug: 'team-s', name: 'Team S' } });
    await call(server.url, 'PUT /__admin/state/mine', { body: { value: 1 } });
    expect((await call(server.url, 'GET /__w/team-s/__admin/state/mine')).status).toBe(404);
    await call(server.url, 'POST /__w/team-s/__admin/reset');
    expect((await call(server.url, 'GET /__admin/state/mine')).status).toBe(200);
  });

  it('says in the answer and the journal which action failed, and has changed nothing', async () => {
    const { json } = await load({
      state: [{ set: 'a', value: 'text' }, { increment: 'a' }],
      request: { urlPath: '/bad' },
    });
    const answer = await call(server.url, 'GET /bad');
    expect(answer.status).toBe(500);
    expect(answer.json.detail).toContain(`/state/1 of mock ${json.id}`);
    expect((await call(server.url, 'GET /__admin/state')).json.meta.total).toBe(0);
  });
});
