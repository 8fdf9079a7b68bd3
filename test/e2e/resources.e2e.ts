import { Agent } from 'node:http';
import { call } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

let server: ScratchServer;
const agent = new Agent({ keepAlive: true, maxSockets: 50 });

beforeAll(async () => {
  server = await startScratchServer({
    STATE_MAX_ITEMS: '250',
  });
});
afterAll(async () => {
  agent.destroy();
  await server?.remove();
});
beforeEach(() => call(server.url, 'POST /__admin/reset'));

const counts = Array.from({ length: 200 }, (_, i) => i);
const load = (resource: object, more: object = {}) =>
  call(server.url, 'POST /__admin/mappings', {
    body: { request: { urlPath: '/users' }, response: { resource: { name: 'users', ...resource }, ...more } },
  });

describe('a resource under 200 writes at once', () => {
  it('keeps every item that was made, each with an id of its own', async () => {
    await load({ items: [{ id: 1, name: 'Ann' }] });
    const answers = await Promise.all(counts.map(i => call(server.url, 'POST /users', { agent, body: { number: i } })));
    const { json, headers } = await call(server.url, 'GET /users');
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(answer => answer.json.id as number)).size).toBe(200);
    expect(headers['x-total-count']).toBe('201');
    expect(
      json
        .slice(1)
        .map((item: { number: number }) => item.number)
        .sort((a: number, b: number) => a - b),
    ).toEqual(counts);
    expect(answers[7]!.headers['location']).toBe(`/users/${answers[7]!.json.id}`);
  });

  it('keeps every patch of one item, and lets one of two with the same id win', async () => {
    await load({ items: [{ id: 1 }] });
    await Promise.all(counts.map(i => call(server.url, 'PATCH /users/1', { agent, body: { [`field${i}`]: i } })));
    expect(Object.keys((await call(server.url, 'GET /users/1')).json)).toHaveLength(201);
    const twins = await Promise.all([1, 2].map(n => call(server.url, 'POST /users', { body: { id: 'twin', n } })));
    expect(twins.map(({ status }) => status).sort()).toEqual([201, 409]);
  });
});

describe('a resource', () => {
  it('is a mock like any other: in the journal, with its delay, gone with its mapping', async () => {
    const { json } = await load({ items: [{ id: 1 }] }, { fixedDelayMilliseconds: 50, headers: { 'X-Own': 'yes' } });
    const begin = performance.now();
    const answer = await call(server.url, 'GET /users/1');
    expect(performance.now() - begin).toBeGreaterThanOrEqual(45);
    expect(answer.headers).toMatchObject({ 'x-own': 'yes', 'matched-stub-id': json.id });
    const journal = await call(server.url, `GET /__admin/requests?matchingStub=${json.id}`);
    expect(journal.json.requests).toHaveLength(1);
    await call(server.url, `DELETE /__admin/mappings/${json.id}`);
    expect((await call(server.url, 'GET /users/1')).status).toBe(404);
    await load({});
    expect((await call(server.url, 'GET /users')).json).toEqual([]);
  });

  it('is reset to its seed, alone or with all', async () => {
    await load({ items: [{ name: 'Ann' }] });
    await call(server.url, 'POST /users', { body: {} });
    const { json } = await call(server.url, 'GET /__admin/resources');
    expect(json.resources).toMatchObject([{ name: 'users', items: 2 }]);
    await call(server.url, 'POST /__admin/resources/users/reset');
    expect((await call(server.url, 'GET /users')).json).toEqual([{ id: 1, name: 'Ann' }]);
    await call(server.url, 'DELETE /users/1');
    await call(server.url, 'POST /__admin/resources/reset');
    expect((await call(server.url, 'GET /users/1')).status).toBe(200);
    expect((await call(server.url, 'POST /__admin/resources/nothing/reset')).status).toBe(404);
  });

  it('is bounded: what does not fit is a 507, and a deleted item makes room', async () => {
    await load({ items: Array.from({ length: 250 }, (_, i) => ({ id: i + 1 })) });
    expect(await call(server.url, 'POST /users', { body: {} })).toMatchObject({
      status: 507,
      json: { code: 'state-full' },
    });
    await call(server.url, 'DELETE /users/1');
    expect((await call(server.url, 'POST /users', { body: {} })).json.id).toBe(251);
  });

  it('has no body for HEAD, and answers a browser from another origin', async () => {
    await load({ items: [{ id: 1 }] });
    const head = await call(server.url, 'HEAD /users');
    expect([head.status, head.headers['x-total-count'], head.text]).toEqual([200, '1', '']);
    const preflight = { Origin: 'http://app.test', 'Access-Control-Request-Method': 'PUT' };
    expect((await call(server.url, 'OPTIONS /users/1', { headers: preflight })).status).toBe(204);
    const answer = await call(server.url, 'GET /users', { headers: { Origin: 'http://app.test' } });
    expect(answer.headers['access-control-allow-origin']).toBeDefined();
  });

  it('of another workspace is another', async () => {
    await call(server.url, 'POST /__admin/workspaces', { body: { slug: 'team-r', name: 'Team R' } });
    await load({});
    await call(server.url, 'POST /__w/team-r/__admin/mappings', {
      body: { request: { urlPath: '/users' }, response: { resource: { name: 'users' } } },
    });
    await call(server.url, 'POST /users', { body: {} });
    expect((await call(server.url, 'GET /__w/team-r/users')).json).toEqual([]);
  });
});
