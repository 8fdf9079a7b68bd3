import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { aJsonReply, answers, isSilent, refuses, startFakeClaude, type FakeClaude } from '../support/fake-claude';
import { call } from '../support/http-call';
import { createTestDatabase } from '../support/postgres';
import { startServer } from '../support/server';
import { startTcpProxy } from '../support/tcp-proxy';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

let claude: FakeClaude;
let server: ScratchServer;
const started: ScratchServer[] = [];

const keyed = () => ({ CLAUDE_API_KEY: 'sk-ant-api03-canary-of-the-key', ANTHROPIC_BASE_URL: claude.url });
const databaseOf = ({ folder }: ScratchServer): string => `sqlite:${join(folder, 'mock-server.db')}`;

async function start(env: Record<string, string> = {}): Promise<ScratchServer> {
  const one = await startScratchServer({ ...keyed(), ...env });
  started.push(one);
  await call(one.url, 'PATCH /__admin/workspaces/default', { body: { settings: { fallbacks: ['ai'] } } });
  return one;
}

beforeEach(async () => {
  claude = await startFakeClaude();
  server = await start();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map(one => one.remove()));
  await claude.close();
});

/** A request on a connection of its own, whose client may leave. */
function ask({ url }: ScratchServer, path: string) {
  let reply: IncomingMessage | undefined;
  const outgoing = request(url + path, { agent: false }, incoming => (reply = incoming.resume()));
  outgoing.on('error', () => undefined).end();
  return { reply: () => reply, leave: () => void outgoing.destroy() };
}

const draftsOf = async ({ url }: ScratchServer) =>
  (await call(url, 'GET /__admin/drafts')).json.mappings as Record<string, any>[]; // eslint-disable-line @typescript-eslint/no-explicit-any -- mappings of many shapes
const metricsOf = async ({ consoleUrl }: ScratchServer): Promise<string> =>
  (await call(consoleUrl, 'GET /metrics')).text;

it('a miss is answered by AI, and the answer waits as a draft of its own, disabled, for a person to publish it', async () => {
  claude.behave(answers(aJsonReply({ id: 7, name: 'Ann' })));
  await call(server.url, 'POST /__admin/mappings', {
    body: { request: { urlPath: '/users/1' }, response: { jsonBody: { id: 1, name: 'Bo' } } },
  });
  const reply = await call(server.url, 'GET /users/7');
  expect([reply.status, reply.headers['content-type'], reply.json]).toEqual([
    200,
    'application/json',
    { id: 7, name: 'Ann' },
  ]);

  const [asked] = claude.asked;
  expect(asked?.headers.authorization).toBe('Bearer sk-ant-api03-canary-of-the-key');
  expect(asked?.model).toBe('claude-haiku-5-5');
  expect(asked?.material).toContain('GET /users/7');
  expect(asked?.material).toContain('"name":"Bo"');
  expect(asked?.format.type).toBe('json_schema');
  expect(asked?.format.schema).toMatchObject({ type: 'object', additionalProperties: false });

  await eventually(async () => (await draftsOf(server)).length === 1);
  const [draft] = await draftsOf(server);
  expect(draft).toMatchObject({
    draft: true,
    request: { method: 'GET', url: '/users/7' },
    response: { status: 200, jsonBody: { id: 7, name: 'Ann' } },
  });
  const sets = (await call(server.url, 'GET /__admin/change-sets')).json;
  expect(sets).toMatchObject({ changeSets: [{ source: 'ai', author: 'ai', drafts: 1 }] });

  const again = await call(server.url, 'GET /users/7');
  expect(again.json).toEqual({ id: 7, name: 'Ann' });
  expect(claude.asked.length).toBe(1);

  const { json: journal } = await call(server.url, 'GET /__admin/requests?view=full');
  expect(journal.requests.map(({ source }: { source: string }) => source)).toEqual(['ai', 'ai']);
  const metrics = await metricsOf(server);
  expect(metrics).toMatch(/^mock_requests_total\{source="ai"\} 2$/m);
  expect(metrics).toMatch(/^http_requests_total\{method="GET",route="ai",status_code="200"\} 2$/m);
  expect(metrics).toMatch(/^claude_api_calls_total\{model="claude-haiku-5-5",success="true"\} 1$/m);
  expect(metrics).toMatch(/^claude_api_tokens_total\{model="claude-haiku-5-5",type="input"\} 100$/m);

  await call(server.url, 'POST /__admin/drafts/publish', { body: {} });
  expect((await call(server.url, 'GET /users/7')).json).toEqual({ id: 7, name: 'Ann' });
  expect(await metricsOf(server)).toMatch(/^mock_requests_total\{source="mock"\} 1$/m);
});

it('a draft that was discarded is made anew, and one that a person changed is not answered with', async () => {
  await call(server.url, 'GET /a');
  await eventually(async () => (await draftsOf(server)).length === 1);
  const [draft] = await draftsOf(server);
  await call(server.url, `PUT /__admin/mappings/${draft!['id']}`, {
    body: { ...draft, response: { status: 200, body: 'x', fixedDelayMilliseconds: 5 } },
  });
  expect((await call(server.url, 'GET /a')).status).toBe(404);
  expect(claude.asked.length).toBe(1);

  await call(server.url, `DELETE /__admin/mappings/${draft!['id']}`);
  expect((await call(server.url, 'GET /a')).json).toEqual({ from: 'claude' });
  expect(claude.asked.length).toBe(2);
});

it('callers with one question at the same time share one generation, and it goes on until the last of them has left', async () => {
  claude.behave(isSilent);
  const leaving = ask(server, '/shared');
  await eventually(() => claude.asked.length === 1);
  const staying = [1, 2, 3].map(() => call(server.url, 'GET /shared'));
  await eventually(async () => /^ai_callers 4$/m.test(await metricsOf(server)));
  leaving.leave();
  await eventually(async () => /^ai_callers 3$/m.test(await metricsOf(server)));
  expect([claude.asked.length, claude.open]).toEqual([1, 1]);
  await claude.close();
  const statuses = (await Promise.all(staying)).map(({ status }) => status);
  expect(statuses).toEqual([503, 503, 503]);
  claude = await startFakeClaude();
});

it('L-10: a client that leaves alone ends its generation, and so does a server that stops', async () => {
  claude.behave(isSilent);
  const leaving = ask(server, '/left');
  await eventually(() => claude.open === 1);
  leaving.leave();
  await eventually(() => claude.open === 0);
  await eventually(async () => (await call(server.url, 'GET /__admin/requests')).json.requests.length === 1);

  const waiting = call(server.url, 'GET /stopped');
  await eventually(() => claude.open === 1);
  const stopped = server.stop();
  expect((await waiting).status).toBe(503);
  expect((await waiting).json.code).toBe('draining');
  expect(await stopped).toBe(0);
  expect(claude.open).toBe(0);
});

it('when the AI cannot answer the next fallback does; when none does the client hears when to come again', async () => {
  claude.behave(refuses(529, { 'retry-after': '7' }));
  const alone = await call(server.url, 'GET /x');
  expect([alone.status, alone.headers['retry-after'], alone.json.code]).toEqual([503, '7', 'ai-unavailable']);
  expect(alone.text).not.toContain('refused:');

  const rests = await call(server.url, 'GET /y');
  expect([rests.status, rests.json.code]).toEqual([503, 'ai-unavailable']);
  expect(claude.asked.length).toBe(1);

  const { json: health } = await call(server.consoleUrl, 'GET /health');
  expect(health).toMatchObject({ status: 'degraded', degraded: ['ai'] });
  expect(health.details.ai.message).toMatch(/overloaded/);
  expect((await call(server.consoleUrl, 'GET /health/ready')).status).toBe(200);

  await call(server.url, 'PATCH /__admin/workspaces/default', {
    body: { settings: { fallbacks: ['ai', 'proxy'], backendUrl: claude.url } },
  });
  const proxied = await call(server.url, 'GET /z');
  expect([proxied.status, proxied.text]).toEqual([404, '{}']);
});

it('a budget of a day that is spent is said, with the time until midnight, and is spent for a server that starts anew', async () => {
  const env = { AI_WORKSPACE_DAILY_TOKENS: '200' };
  const one = await start(env);
  expect((await call(one.url, 'GET /1')).status).toBe(200);
  expect((await call(one.url, 'GET /2')).status).toBe(200);
  const spent = await call(one.url, 'GET /3');
  expect([spent.status, spent.json.code]).toEqual([429, 'ai-budget-spent']);
  const untilMidnight = (86_400_000 - (Date.now() % 86_400_000)) / 1_000;
  expect(Math.abs(Number(spent.headers['retry-after']) - untilMidnight)).toBeLessThan(5);
  expect((await call(one.url, 'GET /1')).status).toBe(200);
  expect(claude.asked.length).toBe(2);

  await one.stop();
  const again = await startServer({ ...keyed(), ...env, DATABASE_URL: databaseOf(one), DATA_DIR: one.folder });
  expect((await call(again.url, 'GET /3')).json.code).toBe('ai-budget-spent');
  expect((await call(again.url, 'GET /1')).status).toBe(200);
  expect(await again.stop()).toBe(0);
});

it('L-07: two generations run at a time, twenty wait, and more are refused', async () => {
  claude.behave(isSilent);
  const calls = Array.from({ length: 30 }, (_, i) => ask(server, `/many/${i}`));
  const refusals = () => calls.flatMap(({ reply }) => reply() ?? []);
  await eventually(() => refusals().length === 8);
  expect(refusals().map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(429));
  expect(refusals().every(({ headers }) => Number(headers['retry-after']) > 0)).toBe(true);
  await eventually(() => claude.asked.length === 2);
  for (const { leave } of calls) leave();
  await eventually(() => claude.open === 0);
});

it('without a database a client has its answer all the same, the next who asks gets it from memory, and it is a draft later', async () => {
  const database = await createTestDatabase();
  const way = await startTcpProxy(database.url);
  const one = await start({ DATABASE_URL: way.url });
  await way.cut();
  await eventually(async () => (await call(one.consoleUrl, 'GET /health')).json.degraded.includes('database'));
  for (let i = 0; i < 2; i++) {
    const { status, json } = await call(one.url, 'GET /away');
    expect([status, json]).toEqual([200, { from: 'claude' }]);
    await eventually(async () => /^ai_drafts_lost_total 1$/m.test(await metricsOf(one)));
  }
  expect(claude.asked.length).toBe(1);
  await way.resume();
  await eventually(async () => (await call(one.url, 'GET /__admin/drafts')).json.mappings?.length === 1, 10_000);
  await one.stop();
  await way.close();
  await database.drop();
});

it('without a key the fallback is none, and health says so', async () => {
  const bare = await startScratchServer();
  started.push(bare);
  await call(bare.url, 'PATCH /__admin/workspaces/default', { body: { settings: { fallbacks: ['ai'] } } });
  expect((await call(bare.url, 'GET /x')).status).toBe(404);
  const { json } = await call(bare.consoleUrl, 'GET /health');
  expect(json).toMatchObject({
    status: 'ok',
    details: { ai: { status: 'up', message: expect.stringMatching(/^Not configured/) } },
  });
});
