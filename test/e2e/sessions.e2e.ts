import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { call, type Reply } from '../support/http-call';
import { createTestDatabase } from '../support/postgres';
import { startReceiver, type Receiver } from '../support/receiver';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type ServerEnv, type TestServer } from '../support/server';

const limits = { MAX_SESSIONS: '20', MAX_SESSION_MOCKS: '3' };

describe.each(['sqlite', 'postgres'] as const)('sessions on %s', dialect => {
  let server: TestServer;
  let scratch: Scratch;
  let env: ServerEnv;
  let backend: Receiver;
  let drop: (() => Promise<void>) | undefined;
  let count = 0;
  /** A session that no other test has. */
  let session: string;

  beforeAll(async () => {
    const database = dialect === 'postgres' ? await createTestDatabase() : undefined;
    drop = database && (() => database.drop());
    [backend, scratch] = await Promise.all([startReceiver(), makeScratch()]);
    const url = database?.url ?? `sqlite:${join(scratch.folder, 'mock-server.db')}`;
    env = { ...limits, DATABASE_URL: url, DATA_DIR: scratch.folder };
    server = await startServer(env);
  });
  afterAll(async () => {
    await server.stop();
    await Promise.all([backend.close(), drop?.(), scratch.remove()]);
  });
  beforeEach(async () => {
    for (const { id } of (await admin('GET /sessions')).json.sessions) await admin(`DELETE /sessions/${id}`);
    await admin('DELETE /mappings');
    await admin('POST /reset');
    session = `test-${++count}`;
  });

  const inSession = (id: string | undefined) => (id === undefined ? {} : { 'X-Mock-Session': id });
  const get = (path: string, id?: string): Promise<Reply> =>
    call(server.url, `GET ${path}`, { headers: inSession(id) });
  const admin = (line: string, body?: unknown, id?: string): Promise<Reply> =>
    call(server.url, line.replace(' ', ' /__admin'), { headers: inSession(id), ...(body !== undefined && { body }) });
  const mapping = (url: string, body: string, more: object = {}) => ({
    request: { method: 'GET', url },
    response: { body },
    ...more,
  });
  const textsOf = async (path: string, ...ids: (string | undefined)[]): Promise<string[]> => {
    const texts: string[] = [];
    for (const id of ids) texts.push((await get(path, id)).text);
    return texts;
  };
  const countOf = async (id?: string): Promise<number> => (await admin('POST /requests/count', {}, id)).json.count;

  it('see the mocks of the workspace, and their own before them whatever the priority', async () => {
    await admin('POST /mappings', mapping('/a', 'all', { priority: 1 }));
    await admin('POST /mappings', mapping('/b', 'all'));
    await admin('POST /mappings', mapping('/a', 'mine'), session);
    expect(await textsOf('/a', undefined, session, 'another')).toEqual(['all', 'mine', 'all']);
    expect(await textsOf('/b', session)).toEqual(['all']);
  });

  it('are addressed by header, by cookie and by path, and the path wins', async () => {
    await admin('POST /mappings', mapping('/a', 'all'));
    await admin('POST /mappings', mapping('/a', 'mine'), session);
    const byCookie = await call(server.url, 'GET /a', { headers: { Cookie: `x=1; X-Mock-Session=${session}` } });
    const byPath = await call(server.url, `GET /__w/default/__s/${session}/a`, { headers: inSession('another') });
    const listed = await call(server.url, `GET /__w/default/__s/${session}/__admin/mappings`);
    const counted = await call(server.url, 'POST /__admin/requests/count', {
      body: {},
      headers: { Cookie: `X-Mock-Session=${session}` },
    });
    expect([byCookie.text, byPath.text]).toEqual(['mine', 'mine']);
    expect(listed.json.meta.total).toBe(2);
    expect(counted.json.count).toBe(2);
  });

  it('have no say in the console, whose browser sends their cookie too', async () => {
    const headers = { Cookie: `X-Mock-Session=${session}` };
    await call(server.consoleUrl, 'POST /__admin/mappings', { body: mapping('/a', 'all'), headers });
    expect(await textsOf('/a', undefined)).toEqual(['all']);
    expect((await admin('GET /sessions')).json.sessions).toEqual([]);
  });

  it('have scenario states of their own, in the scenarios of the workspace', async () => {
    const steps = [['Started', 'one'] as const, ['one', 'two'] as const, ['two', 'two'] as const];
    for (const [state, next] of steps)
      await admin(
        'POST /mappings',
        mapping('/next', state, { scenarioName: 's', requiredScenarioState: state, newScenarioState: next }),
      );
    expect(await textsOf('/next', session, session, undefined)).toEqual(['Started', 'one', 'Started']);
    const states = await Promise.all([session, undefined].map(id => admin('GET /scenarios', undefined, id)));
    expect(states.map(({ json }) => json.scenarios[0].state)).toEqual(['two', 'one']);
    await admin('POST /scenarios/reset', undefined, session);
    expect(await textsOf('/next', session, undefined)).toEqual(['Started', 'one']);
  });

  it('have values, resources and turns of their own', async () => {
    await admin('POST /mappings', {
      request: { urlPath: '/todos' },
      response: { resource: { name: 'todos', items: [{ id: 1, title: 'seeded' }] } },
    });
    await admin('POST /mappings', {
      request: { url: '/turns' },
      responses: { pick: 'sequence', from: [{ response: { body: 'first' } }, { response: { body: 'second' } }] },
    });
    await admin('PUT /state/color', { value: 'red' });
    await admin('PUT /state/color', { value: 'blue' }, session);
    await call(server.url, 'POST /todos', { body: { title: 'mine' }, headers: inSession(session) });
    const lengths = [(await get('/todos', session)).json.length, (await get('/todos')).json.length];
    const colors = await Promise.all([session, undefined].map(id => admin('GET /state/color', undefined, id)));
    expect(lengths).toEqual([2, 1]);
    expect(colors.map(({ json }) => json.value)).toEqual(['blue', 'red']);
    expect(await textsOf('/turns', session, session, undefined)).toEqual(['first', 'second', 'first']);
  });

  it('have a journal and counts of their own', async () => {
    await admin('POST /mappings', mapping('/a', 'all'));
    await get('/a');
    await get('/a', session);
    await get('/a', session);
    await call(server.url, 'POST /nowhere', { headers: inSession(session) });
    expect([await countOf(), await countOf(session), await countOf('another')]).toEqual([1, 3, 0]);
    const [ofSession, ofWorkspace] = await Promise.all(
      [session, undefined].map(id => admin('GET /requests', undefined, id)),
    );
    expect(ofSession!.json.meta.total).toBe(3);
    expect(ofWorkspace!.json.meta.total).toBe(1);
    expect((await admin('GET /requests/unmatched', undefined, session)).json.requests).toHaveLength(1);
    expect((await admin('GET /requests/unmatched')).json.requests).toEqual([]);
    expect((await admin('GET /mappings/unmatched', undefined, session)).json.mappings).toEqual([]);
    expect((await admin('GET /requests/unmatched/near-misses', undefined, session)).json.nearMisses).not.toEqual([]);
    const hits = await Promise.all([session, undefined].map(one => admin('GET /requests/counts', undefined, one)));
    expect(hits.map(({ json }) => json.mocks[0].count)).toEqual([2, 1]);
    const id: string = ofSession!.json.requests[0].id;
    expect([
      (await admin(`GET /requests/${id}`)).status,
      (await admin(`GET /requests/${id}`, undefined, session)).status,
    ]).toEqual([404, 200]);
    await admin('DELETE /requests', undefined, session);
    expect([await countOf(), await countOf(session)]).toEqual([1, 0]);
  });

  it('are back at their beginning after a reset, which touches nothing else', async () => {
    await admin('POST /mappings', mapping('/a', 'all'));
    await admin('POST /mappings', mapping('/a', 'mine'), session);
    await admin('POST /mappings', mapping('/a', 'theirs'), 'another');
    await admin('PUT /state/k', { value: 1 });
    await textsOf('/a', undefined, session, 'another');
    await admin('POST /reset', undefined, session);
    await admin('DELETE /mappings', undefined, session);
    expect(await textsOf('/a', undefined, session, 'another')).toEqual(['all', 'all', 'theirs']);
    expect([await countOf(), await countOf(session), await countOf('another')]).toEqual([2, 1, 2]);
    expect((await admin('GET /state/k')).json.value).toBe(1);
  });

  it("change the workspace's mocks in themselves alone", async () => {
    const { json } = await admin('POST /mappings', mapping('/a', 'all'));
    const replaced = await admin(`PUT /mappings/${json.id}`, mapping('/a', 'mine'), session);
    expect(replaced).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(await textsOf('/a', undefined, session)).toEqual(['all', 'mine']);
    await admin(`DELETE /mappings/${json.id}`, undefined, session);
    expect(await textsOf('/a', undefined, session)).toEqual(['all', 'all']);
    expect((await admin(`DELETE /mappings/${json.id}`, undefined, session)).status).toBe(200);
    expect((await get('/a', session)).text).not.toBe('all');
    expect(await textsOf('/a', undefined)).toEqual(['all']);
    const listed = (await admin('GET /mappings', undefined, session)).json;
    expect(listed).toMatchObject({ mappings: [{ id: json.id, enabled: false }], meta: { total: 1 } });
    await admin('POST /reset', undefined, session);
    expect(await textsOf('/a', session)).toEqual([(await get('/a')).text]);
  });

  it('list their own mocks first, in pages and by search', async () => {
    for (const name of ['a', 'b', 'c']) await admin('POST /mappings', mapping(`/all/${name}`, name));
    for (const name of ['d', 'e']) await admin('POST /mappings', mapping(`/mine/${name}`, name), session);
    const urls = async (query: string): Promise<string[]> =>
      (await admin(`GET /mappings${query}`, undefined, session)).json.mappings.map(
        ({ request }: { request: { url: string } }) => request.url,
      );
    expect(await urls('')).toEqual(['/mine/e', '/mine/d', '/all/c', '/all/b', '/all/a']);
    expect(await urls('?limit=2&offset=1')).toEqual(['/mine/d', '/all/c']);
    expect(await urls('?search=all')).toEqual(['/all/c', '/all/b', '/all/a']);
    expect((await admin('GET /mappings?limit=1')).json.meta.total).toBe(3);
  });

  it('have body files and settings of their own', async () => {
    await admin('PUT /files/a.txt', 'of all');
    await admin('POST /mappings', { request: { url: '/file' }, response: { bodyFileName: 'a.txt' } });
    expect(await textsOf('/file', session)).toEqual(['of all']);
    await admin('PUT /files/a.txt', 'mine', session);
    expect(await textsOf('/file', session, undefined)).toEqual(['mine', 'of all']);
    await admin('POST /settings', { fixedDelay: 120 }, session);
    const begin = performance.now();
    await get('/file');
    const took = performance.now() - begin;
    const slow = performance.now();
    await get('/file', session);
    expect(performance.now() - slow).toBeGreaterThan(110);
    expect(took).toBeLessThan(110);
  });

  it('record what the backend answers into themselves', async () => {
    await admin('POST /recordings/start', { targetBaseUrl: backend.url }, session);
    await get('/recorded', session);
    const stopped = await admin('POST /recordings/stop', undefined, session);
    expect(stopped.json.mappings).toHaveLength(1);
    const totals = await Promise.all([undefined, session].map(id => admin('GET /mappings', undefined, id)));
    expect(totals.map(({ json }) => json.meta.total)).toEqual([0, 1]);
  });

  it('are made with an id and a time to live, listed, and ended with all that is theirs', async () => {
    const made = await admin('POST /sessions', { id: session, ttlSeconds: 90 });
    expect(made).toMatchObject({ status: 201, json: { id: session, ttlSeconds: 90, mocks: 0 } });
    await admin('POST /mappings', mapping('/a', 'mine'), session);
    await get('/a', session);
    expect((await admin('GET /sessions')).json).toMatchObject({
      sessions: [{ id: session, mocks: 1 }],
      meta: { total: 1 },
    });
    expect((await admin(`GET /sessions/${session}`)).json.expiresAt > made.json.expiresAt).toBe(true);
    expect((await admin('POST /sessions', { id: session })).json.code).toBe('session-exists');
    expect(await admin('POST /sessions')).toMatchObject({ status: 201, json: { ttlSeconds: 3600 } });
    expect((await admin(`DELETE /sessions/${session}`)).status).toBe(200);
    expect((await admin(`GET /sessions/${session}`)).json.code).toBe('session-not-found');
    expect((await get('/a', session)).text).not.toBe('mine');
    expect(await countOf(session)).toBe(1);
  });

  it('end when nobody used them for their time to live, and not before', async () => {
    await admin('POST /sessions', { id: 'short', ttlSeconds: 1 });
    await admin('POST /mappings', mapping('/a', 'mine'), 'short');
    const used = Date.now() + 6_500;
    while (Date.now() < used) {
      expect(await textsOf('/a', 'short')).toEqual(['mine']);
      await new Promise(resolve => setTimeout(resolve, 250));
    }
    await eventually(async () => (await admin('GET /sessions/short')).status === 404);
    expect((await admin('GET /sessions')).json.meta.total).toBe(0);
  });

  it('move their mocks and files to the workspace when they are promoted', async () => {
    const { json: kept } = await admin('POST /mappings', mapping('/kept', 'all'));
    await admin(`PUT /mappings/${kept.id}`, mapping('/kept', 'edited'), session);
    await admin('PUT /files/f.txt', 'file', session);
    const { json: made } = await admin(
      'POST /mappings',
      { request: { url: '/made' }, response: { bodyFileName: 'f.txt' } },
      session,
    );
    const one = await admin(`POST /sessions/${session}/promote`, { ids: [made.id] });
    expect(one.json).toEqual({ mocks: [made.id], files: ['f.txt'] });
    expect([await textsOf('/made', undefined), await textsOf('/kept', undefined)]).toEqual([['file'], ['all']]);
    const rest = await admin(`POST /sessions/${session}/promote`);
    expect(rest.json).toEqual({ mocks: [kept.id], files: [] });
    expect(await textsOf('/kept', undefined, 'another')).toEqual(['edited', 'edited']);
    expect((await admin(`GET /sessions/${session}`)).json.mocks).toBe(0);
    const unknown = await admin(`POST /sessions/${session}/promote`, { ids: [made.id] });
    expect(unknown).toMatchObject({ status: 404, json: { code: 'mock-not-found' } });
  });

  it('are bounded by number, and their mocks are too', async () => {
    for (let i = 0; i < 20; i++) await get('/a', `many-${i}`);
    const refused = await Promise.all([get('/a', 'one-more'), admin('GET /mappings', undefined, 'one-more')]);
    for (const reply of refused) expect(reply).toMatchObject({ status: 429, json: { code: 'too-many-sessions' } });
    expect((await admin('POST /sessions', {})).status).toBe(429);
    expect((await get('/a')).status).not.toBe(429);
    for (let i = 0; i < 3; i++) await admin('POST /mappings', mapping(`/${i}`, 'x'), 'many-0');
    const full = await admin('POST /mappings', mapping('/4', 'x'), 'many-0');
    expect(full).toMatchObject({ status: 422, json: { code: 'quota-exceeded' } });
    expect(full.json.detail).toContain('MAX_SESSION_MOCKS');
  });

  it('survive a restart with their mocks', async () => {
    await admin('POST /mappings', mapping('/a', 'mine'), session);
    await server.kill();
    server = await startServer(env);
    await eventually(async () => (await get('/a', session)).text === 'mine');
    expect((await get('/a')).status).toBe(404);
  });
});
