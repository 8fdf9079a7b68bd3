import { Agent } from 'node:http';
import { BodyType, WireMock } from 'wiremock-captain';
import { WireMockRestClient } from 'wiremock-rest-client';
import { call, type Reply } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

const sessions = Array.from({ length: 200 }, (_, i) => `run-${i}`);
const agent = new Agent({ keepAlive: true, maxSockets: 100 });
let server: ScratchServer;

beforeAll(async () => {
  server = await startScratchServer();
});
afterAll(async () => {
  agent.destroy();
  await server.remove();
});
beforeEach(async () => {
  await call(server.url, 'DELETE /__admin/mappings');
  await call(server.url, 'POST /__admin/reset');
  for (const { id } of (await call(server.url, 'GET /__admin/sessions')).json.sessions)
    await call(server.url, `DELETE /__admin/sessions/${id}`, { agent });
  const { status } = await call(server.url, 'POST /__admin/mappings/import', { body: { mappings: ofTheWorkspace } });
  expect(status).toBe(200);
});

/** What all sessions share: a scenario of three steps that go round, a resource, and an answer that no session changes. */
const ofTheWorkspace: object[] = [
  ...[['Started', 'two'] as const, ['two', 'three'] as const, ['three', 'Started'] as const].map(([state, next]) => ({
    request: { method: 'GET', url: '/step' },
    response: { body: state },
    scenarioName: 'steps',
    requiredScenarioState: state,
    newScenarioState: next,
    persistent: true,
  })),
  { request: { urlPath: '/items' }, response: { resource: { name: 'items' } }, persistent: true },
  { request: { method: 'GET', url: '/who' }, response: { body: 'nobody' }, persistent: true },
];

const ask = (id: string, line: string, body?: unknown): Promise<Reply> =>
  call(server.url, line, { agent, headers: { 'X-Mock-Session': id }, ...(body !== undefined && { body }) });
const steps = ['Started', 'two', 'three'];

/** 50 requests of one session, after each other, and what is wrong about their answers. */
async function run(id: string): Promise<string[]> {
  const wrong: string[] = [];
  const expectText = (what: string, { text }: Reply, wanted: string): void => {
    if (text !== wanted) wrong.push(`${id} ${what}: '${text.slice(0, 80)}', not '${wanted}'`);
  };
  for (let i = 0; i < 15; i++) {
    expectText('who', await ask(id, 'GET /who'), id);
    expectText('step', await ask(id, 'GET /step'), steps[i % 3]!);
    expectText(
      'item',
      await ask(id, 'POST /items', { name: `${id} ${i}` }),
      JSON.stringify({ id: i + 1, name: `${id} ${i}` }),
    );
  }
  for (let i = 0; i < 5; i++) {
    const { json } = await ask(id, 'GET /items');
    const names = (json as { name: string }[]).map(({ name }) => name);
    if (names.length !== 15 || !names.every(name => name.startsWith(`${id} `)))
      wrong.push(`${id} items: ${names.join()}`);
  }
  return wrong;
}

const who = (id: string) => ({ request: { method: 'GET', url: '/who' }, response: { body: id } });

describe('200 sessions at once, of 50 requests each', () => {
  it('see nothing of each other, and the workspace nothing of them', async () => {
    await Promise.all(sessions.map(id => ask(id, 'POST /__admin/mappings', who(id))));
    const wrong = (await Promise.all(sessions.map(run))).flat();
    expect(wrong).toEqual([]);
    const counts = await Promise.all(
      sessions.map(async id => (await ask(id, 'POST /__admin/requests/count', {})).json.count as number),
    );
    expect(new Set(counts)).toEqual(new Set([50]));
    const outside = await call(server.url, 'POST /__admin/requests/count', { body: {} });
    const { text } = await call(server.url, 'GET /who');
    const list = await call(server.url, 'GET /__admin/mappings');
    const items = await call(server.url, 'GET /items');
    expect([outside.json.count, text, list.json.meta.total, items.json]).toEqual([0, 'nobody', 5, []]);
  });

  it("with WireMock's npm clients, by a base URL with the session in its path", async () => {
    const baseOf = (id: string): string => `${server.url}/__w/default/__s/${id}/`;
    const wrong = await Promise.all(
      sessions.map(async (id, i) => (i % 2 === 0 ? runWithCaptain(id, baseOf(id)) : runWithRestClient(id, baseOf(id)))),
    );
    expect(wrong.flat()).toEqual([]);
    expect((await call(server.url, 'GET /__admin/mappings')).json.meta.total).toBe(5);
    expect((await call(server.url, 'POST /__admin/requests/count', { body: {} })).json.count).toBe(0);
  });
});

/** The requests of a test with wiremock-captain: its mock is made, asked for and verified, all is reset, and the reset is seen. */
async function runWithCaptain(id: string, base: string): Promise<string[]> {
  const captain = new WireMock(base);
  await captain.register(
    { method: 'GET', endpoint: '/who' },
    { status: 200, body: id },
    { responseBodyType: BodyType.Body },
  );
  const wrong = await runInPath(id, base);
  const requests = await captain.getAllRequests();
  const ofWho = await captain.getRequestsForAPI('GET', '/who');
  const unmatched = await captain.getUnmatchedRequests();
  const scenarios = (await captain.getAllScenarios()) as { state: string }[];
  await captain.clearAll();
  const left = await captain.getAllRequests();
  const seen = [requests.length, ofWho.length, unmatched.length, scenarios[0]?.state, left.length];
  const wanted = [50, 20, 0, 'Started', 0];
  if (JSON.stringify(seen) !== JSON.stringify(wanted)) wrong.push(`${id} verifies ${JSON.stringify(seen)}`);
  const { text } = await call(base, `GET ${new URL(base).pathname}who`, { agent });
  if (text !== 'nobody') wrong.push(`${id} after clearAll: ${text}`);
  return wrong;
}

/** The same with wiremock-rest-client. */
async function runWithRestClient(id: string, base: string): Promise<string[]> {
  const client = new WireMockRestClient(base, { logLevel: 'silent', continueOnFailure: true });
  await client.mappings.createMapping(who(id));
  const wrong = await runInPath(id, base);
  const { meta } = await client.requests.getAllRequests();
  const { count } = (await client.requests.getCount({ method: 'GET', url: '/who' })) as { count: number };
  await client.global.resetAll();
  const left = await client.requests.getAllRequests();
  const seen = [meta.total, count, left.meta.total];
  if (JSON.stringify(seen) !== JSON.stringify([50, 20, 0])) wrong.push(`${id} verifies ${JSON.stringify(seen)}`);
  const { text } = await call(base, `GET ${new URL(base).pathname}who`, { agent });
  if (text !== 'nobody') wrong.push(`${id} after resetAll: ${text}`);
  return wrong;
}

/** 50 requests whose path names the session. */
async function runInPath(id: string, base: string): Promise<string[]> {
  const wrong: string[] = [];
  const prefix = new URL(base).pathname;
  for (let i = 0; i < 50; i++) {
    const path = i < 30 ? 'step' : 'who';
    const wanted = i < 30 ? steps[i % 3]! : id;
    const { text } = await call(base, `GET ${prefix}${path}`, { agent });
    if (text !== wanted) wrong.push(`${id} ${path} ${i}: '${text.slice(0, 80)}', not '${wanted}'`);
  }
  return wrong;
}
