import { join } from 'node:path';
import { call } from '../support/http-call';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type ServerEnv, type TestServer } from '../support/server';

let scratch: Scratch;
let env: ServerEnv;
let server: TestServer;

beforeAll(async () => {
  scratch = await makeScratch();
  env = {
    DATABASE_URL: `sqlite:${join(scratch.folder, 'mock-server.db')}`,
    DATA_DIR: scratch.folder,
    LOG_LEVEL: 'error',
  };
  server = await startServer(env);
});
afterAll(async () => {
  await server?.stop();
  await scratch?.remove();
});
beforeEach(() => call(server.url, 'DELETE /__admin/mappings'));

const inSequence = (...bodies: string[]): object => ({
  pick: 'sequence',
  from: bodies.map(body => ({ response: { body } })),
});

async function mock(urlPath: string, responses: object, more: object = {}): Promise<string> {
  const mapping = { request: { urlPath }, persistent: true, responses, ...more };
  const made = await call(server.url, 'POST /__admin/mappings', { body: mapping });
  expect(made.status).toBe(201);
  return made.json.id as string;
}

const bodiesOf = async (path: string, count: number): Promise<string[]> => {
  const bodies: string[] = [];
  for (let i = 0; i < count; i++) bodies.push((await call(server.url, `GET ${path}`)).text);
  return bodies;
};

describe('responses in sequence', () => {
  it('are each given once under 200 parallel requests, and the last from then on', async () => {
    const numbers = Array.from({ length: 150 }, (_, i) => String(i));
    await mock('/s', inSequence(...numbers));
    const answers = await Promise.all(Array.from({ length: 200 }, () => call(server.url, 'GET /s')));
    const seen = answers.map(({ text }) => Number(text)).sort((a, b) => a - b);
    expect(seen).toEqual([...numbers.map(Number), ...Array<number>(50).fill(149)]);
  });

  it.each(['reset', 'scenarios/reset', 'mappings/reset'])('begin anew after POST /__admin/%s', async reset => {
    await mock('/r', inSequence('a', 'b', 'c'));
    expect(await bodiesOf('/r', 2)).toEqual(['a', 'b']);
    await call(server.url, `POST /__admin/${reset}`);
    expect(await bodiesOf('/r', 2)).toEqual(['a', 'b']);
  });

  it('begin anew when the mock is changed, and go on when another is', async () => {
    const id = await mock('/e', inSequence('a', 'b', 'c'));
    await mock('/other', inSequence('x', 'y'));
    expect(await bodiesOf('/e', 1)).toEqual(['a']);
    await mock('/third', inSequence('x'));
    expect(await bodiesOf('/e', 1)).toEqual(['b']);
    await call(server.url, `PUT /__admin/mappings/${id}`, {
      body: { request: { urlPath: '/e' }, responses: inSequence('A', 'B') },
    });
    expect(await bodiesOf('/e', 2)).toEqual(['A', 'B']);
    expect(await bodiesOf('/other', 2)).toEqual(['x', 'y']);
  });

  it('are another workspace’s own', async () => {
    await call(server.url, 'POST /__admin/workspaces', { body: { slug: 'team-b', name: 'B' } });
    await mock('/w', inSequence('a', 'b'));
    const body = { request: { urlPath: '/w' }, responses: inSequence('a', 'b') };
    await call(server.url, 'POST /__w/team-b/__admin/mappings', { body });
    expect(await bodiesOf('/w', 1)).toEqual(['a']);
    expect(await bodiesOf('/__w/team-b/w', 2)).toEqual(['a', 'b']);
    await call(server.url, 'POST /__w/team-b/__admin/scenarios/reset');
    expect(await bodiesOf('/w', 1)).toEqual(['b']);
    expect(await bodiesOf('/__w/team-b/w', 1)).toEqual(['a']);
  });

  it('may hold faults, delays and templates, and the journal says which one it was', async () => {
    await mock('/mixed', {
      pick: 'sequence',
      from: [
        { response: { status: 503, fixedDelayMilliseconds: 20 } },
        { response: { fault: 'CONNECTION_RESET_BY_PEER' } },
        { response: { body: '{{request.method}}', transformers: ['response-template'] } },
      ],
    });
    expect((await call(server.url, 'GET /mixed')).status).toBe(503);
    await expect(call(server.url, 'GET /mixed')).rejects.toThrow('ECONNRESET');
    expect((await call(server.url, 'GET /mixed')).text).toBe('GET');
    const { json } = await call(server.url, 'GET /__admin/requests?limit=3');
    const [templated, reset, delayed] = json.requests as Record<string, unknown>[];
    expect(templated).toMatchObject({ responseDefinition: { body: '{{request.method}}' }, response: { body: 'GET' } });
    expect(reset).toMatchObject({
      responseDefinition: { fault: 'CONNECTION_RESET_BY_PEER' },
      response: { fault: 'CONNECTION_RESET_BY_PEER' },
    });
    expect(delayed).toMatchObject({ responseDefinition: { status: 503 }, timing: { addedDelay: 20 } });
  });
});

describe('responses at random', () => {
  const weighted = (seed?: number): object => ({
    pick: 'random',
    ...(seed === undefined ? {} : { seed }),
    from: [
      { response: { body: 'a' }, weight: 8 },
      { response: { body: 'b' }, weight: 2 },
    ],
  });

  it('come as often as their weights say', async () => {
    await mock('/w', weighted());
    const bodies = await bodiesOf('/w', 400);
    const often = bodies.filter(body => body === 'a').length;
    expect(often).toBeGreaterThan(270);
    expect(often).toBeLessThan(370);
  });

  it('with a seed come the same after a reset, and on another mock with that seed', async () => {
    await mock('/one', weighted(5));
    await mock('/two', weighted(5));
    const first = await bodiesOf('/one', 30);
    expect(new Set(first).size).toBe(2);
    expect(await bodiesOf('/two', 30)).toEqual(first);
    await call(server.url, 'POST /__admin/scenarios/reset');
    expect(await bodiesOf('/one', 30)).toEqual(first);
  });
});

it('responses by rule look at the whole request, body too', async () => {
  await mock(
    '/rule',
    {
      pick: 'rules',
      from: [
        { when: { bodyPatterns: [{ matchesJsonPath: '$.vip' }] }, response: { body: 'vip' } },
        { when: { headers: { 'X-Test': { equalTo: '1' } } }, response: { body: 'test' } },
      ],
    },
    { response: { status: 402, body: 'pay' } },
  );
  expect((await call(server.url, 'POST /rule', { body: { vip: true } })).text).toBe('vip');
  expect((await call(server.url, 'GET /rule', { headers: { 'x-test': '1' } })).text).toBe('test');
  expect(await call(server.url, 'GET /rule')).toMatchObject({ status: 402, text: 'pay' });
});

it('a mapping with several responses comes back as it was written, also after a restart', async () => {
  const responses = {
    pick: 'rules',
    note: 'kept',
    from: [{ when: { method: 'PUT' }, response: { status: 204, colour: 'red' } }],
  };
  const made = await call(server.url, 'POST /__admin/mappings', { body: { request: { urlPath: '/rt' }, responses } });
  expect(made.json.responses).toEqual(responses);
  expect(made.headers['x-mock-warnings']).toContain('/responses/note');
  await server.stop();
  server = await startServer(env);
  expect((await call(server.url, `GET /__admin/mappings/${made.json.id as string}`)).json.responses).toEqual(responses);
  expect((await call(server.url, 'PUT /rt')).status).toBe(204);
});
