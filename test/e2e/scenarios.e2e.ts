import { Agent } from 'node:http';
import { call } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

let server: ScratchServer;
const agent = new Agent({ keepAlive: true, maxSockets: 50 });

beforeAll(async () => {
  server = await startScratchServer({
    STATE_MAX_INSTANCES: '50',
  });
});
afterAll(async () => {
  agent.destroy();
  await server?.remove();
});
beforeEach(() => call(server.url, 'POST /__admin/reset'));

const steps = (count: number, more: object = {}): object[] =>
  Array.from({ length: count }, (_, i) => ({
    scenarioName: 'steps',
    requiredScenarioState: i === 0 ? 'Started' : `step ${i}`,
    newScenarioState: `step ${i + 1}`,
    request: { method: 'GET', urlPath: '/step' },
    response: { body: `${i}` },
    ...more,
  }));
const load = (mappings: readonly object[]) => call(server.url, 'POST /__admin/mappings/import', { body: { mappings } });
const counts = Array.from({ length: 200 }, (_, i) => i);

describe('a scenario under 200 requests at once', () => {
  it('takes every transition once, and none is lost', async () => {
    await load(steps(200));
    const answers = await Promise.all(counts.map(() => call(server.url, 'GET /step', { agent })));
    expect(answers.map(({ text }) => Number(text)).sort((a, b) => a - b)).toEqual(counts);
    const { json } = await call(server.url, 'GET /__admin/scenarios');
    expect(json.scenarios).toMatchObject([{ name: 'steps', state: 'step 200' }]);
  });

  it('does so for each user apart, by a key', async () => {
    await load(steps(20, { scenarioKey: 'request.headers.X-User' }));
    const answers = await Promise.all(
      counts.map(async i => {
        const user = `user ${i % 10}`;
        const { text } = await call(server.url, 'GET /step', { agent, headers: { 'X-User': user } });
        return { user, step: Number(text) };
      }),
    );
    for (let user = 0; user < 10; user++) {
      const seen = answers.filter(one => one.user === `user ${user}`).map(({ step }) => step);
      expect(seen.sort((a, b) => a - b)).toEqual(counts.slice(0, 20));
    }
    const { json } = await call(server.url, 'GET /__admin/scenarios');
    expect(json.scenarios[0]).toMatchObject({ state: 'Started', instanceCount: 10 });
    expect(json.scenarios[0].instances).toContainEqual({ key: 'user 3', state: 'step 20' });
  });
});

describe('instances of a scenario', () => {
  it('are bounded: the least recently used is forgotten, and counted', async () => {
    await load([
      ...steps(1, { scenarioKey: 'request.query.user' }),
      {
        scenarioName: 'steps',
        scenarioKey: 'request.query.user',
        requiredScenarioState: 'step 1',
        request: { method: 'GET', urlPath: '/step' },
        response: { body: 'again' },
      },
    ]);
    for (let user = 0; user < 60; user++) await call(server.url, `GET /step?user=${user}`, { agent });
    const { json } = await call(server.url, 'GET /__admin/scenarios');
    const metrics = await call(server.consoleUrl, 'GET /metrics');
    expect(json.scenarios[0].instanceCount).toBe(50);
    expect((await call(server.url, 'GET /step?user=59')).text).toBe('again');
    expect((await call(server.url, 'GET /step?user=0')).text).toBe('0');
    expect(metrics.text).toMatch(/^state_entries_dropped_total 10$/m);
  });

  it('of another workspace are others', async () => {
    await call(server.url, 'POST /__admin/workspaces', { body: { slug: 'team-a', name: 'Team A' } });
    await load(steps(2));
    await call(server.url, 'POST /__w/team-a/__admin/mappings/import', { body: { mappings: steps(2) } });
    expect((await call(server.url, 'GET /step')).text).toBe('0');
    expect((await call(server.url, 'GET /__w/team-a/step')).text).toBe('0');
    expect((await call(server.url, 'GET /step')).text).toBe('1');
  });

  it('stay when a mock of the scenario is edited, which keeps its place in the order', async () => {
    for (const mapping of steps(2)) await call(server.url, 'POST /__admin/mappings', { body: mapping });
    await call(server.url, 'GET /step');
    const { json } = await call(server.url, 'GET /__admin/mappings');
    const [newest, oldest] = json.mappings;
    await call(server.url, `PUT /__admin/mappings/${oldest.id}`, {
      body: { ...oldest, requiredScenarioState: 'step 1', response: { body: 'oldest' } },
    });
    expect(newest.response.body).toBe('1');
    expect((await call(server.url, 'GET /step')).text).toBe('1');
  });
});

it('a preflight moves nothing, and a mock for OPTIONS alone moves its scenario', async () => {
  await load(steps(2, { request: { urlPath: '/any' } }));
  const preflight = { Origin: 'http://app.test', 'Access-Control-Request-Method': 'GET' };
  expect((await call(server.url, 'OPTIONS /any', { headers: preflight })).status).toBe(204);
  expect((await call(server.url, 'GET /any')).text).toBe('0');
  await load(steps(2, { scenarioName: 'own', request: { method: 'OPTIONS', urlPath: '/own' } }));
  const own = await Promise.all([1, 2].map(() => call(server.url, 'OPTIONS /own', { headers: preflight })));
  expect(own.map(({ text }) => text).sort()).toEqual(['0', '1']);
});

it('a body that goes straight to a backend does not hide a key that is in the body', async () => {
  await load(steps(2, { scenarioKey: "{{jsonPath request.body '$.user'}}", request: { method: 'POST' } }));
  await call(server.url, 'PUT /__admin/workspaces/default/settings', {
    body: { backendUrl: 'http://127.0.0.1:9', fallbacks: ['proxy'], cors: true },
  });
  try {
    const post = (user: string) => call(server.url, 'POST /step', { body: { user } });
    expect([(await post('ann')).text, (await post('ann')).text, (await post('bob')).text]).toEqual(['0', '1', '0']);
  } finally {
    await call(server.url, 'PUT /__admin/workspaces/default/settings', { body: { fallbacks: [], cors: true } });
  }
});
