import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { makeScratch, type Scratch } from '../support/scratch';
import { runServer, startServer, type ServerEnv, type TestServer } from '../support/server';

const domain = 'mock.example.test';
let scratch: Scratch;
let env: ServerEnv;

beforeAll(async () => {
  scratch = await makeScratch();
  env = {
    DATABASE_URL: `sqlite:${join(scratch.folder, 'mock-server.db')}`,
    DATA_DIR: scratch.folder,
    WORKSPACE_DOMAIN: domain,
    LOG_LEVEL: 'error',
  };
});
afterAll(() => scratch.remove());

describe('the first story', () => {
  it('a mock made with one POST answers at once, and still does after kill -9 and a new start', async () => {
    const first = await startServer(env);
    const made = await call(first.url, 'POST /__admin/mappings', {
      body: { request: { method: 'GET', url: '/hello' }, response: { status: 200, jsonBody: { hello: 'world' } } },
    });
    const before = await call(first.url, 'GET /hello');
    await first.kill();
    const second = await startServer(env);
    try {
      const after = await call(second.url, 'GET /hello');
      expect(made.status).toBe(201);
      expect(before).toMatchObject({ status: 200, json: { hello: 'world' } });
      expect(after).toMatchObject({ status: 200, json: { hello: 'world' } });
      expect(after.headers['matched-stub-id']).toBe(made.json.id);
    } finally {
      await second.stop();
    }
  });
});

describe('a running server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(env);
    await call(server.url, 'POST /__admin/workspaces', { body: { slug: 'team-a', name: 'Team A' } });
    await makeMock('/who', 'default');
  });
  afterAll(() => server.stop());

  const makeMock = (url: string, body: string, { prefix = '', headers = {} } = {}) =>
    call(server.url, `POST ${prefix}/__admin/mappings`, { body: { request: { url }, response: { body } }, headers });

  const addresses: readonly [string, { prefix: string; headers: Record<string, string> }][] = [
    ['the path prefix', { prefix: '/__w/team-a', headers: {} }],
    ['the header', { prefix: '', headers: { 'X-Mock-Workspace': 'team-a' } }],
    ['the host name', { prefix: '', headers: { Host: `team-a.${domain}` } }],
    ['the host name with a port', { prefix: '', headers: { Host: `team-a.${domain}:4000` } }],
  ];

  it.each(addresses)('%s addresses a workspace, for the admin API and for traffic', async (name, address) => {
    const url = `/who?by=${encodeURIComponent(name)}`;
    const made = await makeMock(url, `team-a by ${name}`, address);
    const answer = await call(server.url, `GET ${address.prefix}${url}`, { headers: address.headers });
    const elsewhere = await call(server.url, `GET ${url}`);
    const listedHere = await call(server.url, `GET ${address.prefix}/__admin/mappings/${made.json.id}`, {
      headers: address.headers,
    });
    const listedElsewhere = await call(server.url, `GET /__admin/mappings/${made.json.id}`);
    expect(made.status).toBe(201);
    expect(answer).toMatchObject({ status: 200, text: `team-a by ${name}` });
    expect(elsewhere.status).toBe(404);
    expect([listedHere.status, listedElsewhere.status]).toEqual([200, 404]);
  });

  it('the console port serves the admin API of each workspace too', async () => {
    const byPrefix = await call(server.consoleUrl, 'GET /__w/team-a/__admin/mappings');
    const byHeader = await call(server.consoleUrl, 'GET /__admin/mappings', {
      headers: { 'X-Mock-Workspace': 'team-a' },
    });
    const ofDefault = await call(server.consoleUrl, 'GET /__admin/mappings');
    expect(byPrefix.json.meta.total).toBe(byHeader.json.meta.total);
    expect(byPrefix.json.mappings.map((mapping: { id: string }) => mapping.id)).not.toEqual(
      expect.arrayContaining(ofDefault.json.mappings.map((mapping: { id: string }) => mapping.id)),
    );
  });

  it('the path prefix wins over the header, and the header over the host', async () => {
    await call(server.url, 'POST /__admin/workspaces', { body: { slug: 'team-b', name: 'Team B' } });
    for (const slug of ['team-a', 'team-b']) await makeMock('/rank', slug, { prefix: `/__w/${slug}` });
    const prefixWins = await call(server.url, 'GET /__w/team-a/rank', { headers: { 'X-Mock-Workspace': 'team-b' } });
    const headerWins = await call(server.url, 'GET /rank', {
      headers: { 'X-Mock-Workspace': 'team-a', Host: `team-b.${domain}` },
    });
    expect([prefixWins.text, headerWins.text]).toEqual(['team-a', 'team-a']);
  });

  it('an address of no workspace is a 404 that says so, for traffic and for the admin API', async () => {
    for (const path of ['/who', '/__admin/mappings']) {
      const answer = await call(server.url, `GET ${path}`, { headers: { 'X-Mock-Workspace': 'nobody' } });
      expect(answer).toMatchObject({ status: 404, json: { code: 'workspace-not-found' } });
      expect(answer.headers['content-type']).toMatch('application/problem+json');
    }
  });

  it('a second server on the same SQLite file refuses with a sentence that says what to do, and exit code 1', async () => {
    const second = runServer({ ...env, PORT: '0', WEB_UI_PORT: '0' });
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(
      /^The database file \S+ is in use by another mock-server process\. Stop that one, .*\n$/,
    );
    expect(await call(server.url, 'GET /who')).toMatchObject({ status: 200, text: 'default' });
  });

  it.each(['PORT', 'WEB_UI_PORT'])('a %s in use is one sentence, and exit code 1', async name => {
    const file = join(scratch.folder, `other-${name}.db`);
    const ports = { PORT: '0', WEB_UI_PORT: '0', [name]: String(server.port) };
    const second = runServer({ ...env, DATABASE_URL: `sqlite:${file}`, ...ports });
    expect(await second.exited).toBe(1);
    expect(second.output()).toBe(
      `Port ${server.port} on 127.0.0.1 is in use: stop what listens there, or set PORT (traffic) or WEB_UI_PORT (console) to a free one.\n`,
    );
  });
});

describe('a start with wrong settings', () => {
  it('names every one of them at once, prints no secret, and ends with exit code 1 in less than 5 s', async () => {
    const begin = performance.now();
    const server = runServer({
      PORT: '99999',
      DATABASE_URL: 'mysql://user:s3cret@example.test/db',
      BACKEND_URL: 'ftp://example.test',
      LOG_LEVEL: 'loud',
      JOURNAL_MAX_ENTRIES: '-1',
    });
    const exitCode = await server.exited;
    await eventually(() => server.output().includes('--help'));
    expect(exitCode).toBe(1);
    expect(performance.now() - begin).toBeLessThan(5_000);
    for (const name of ['PORT', 'DATABASE_URL', 'BACKEND_URL', 'LOG_LEVEL', 'JOURNAL_MAX_ENTRIES'])
      expect(server.output()).toMatch(new RegExp(`^  ${name} must be `, 'm'));
    expect(server.output()).not.toMatch(/s3cret|\n {4}at /);
  });
});
