import { call } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { invite, person, startTeamServer, type Person, type TeamServer } from '../support/team-server';

// Rows A and U of the table of bad input that are about sessions: ids and bodies, clashes, and other teams' sessions.

describe('ids and bodies', () => {
  let server: ScratchServer;
  beforeAll(async () => {
    server = await startScratchServer();
  });
  afterAll(() => server.remove());

  const admin = (line: string, body?: unknown, headers: Record<string, string> = {}) =>
    call(server.url, line.replace(' ', ' /__admin'), { headers, ...(body !== undefined && { body }) });
  const total = async (): Promise<number> => (await admin('GET /sessions')).json.meta.total;

  it.each([
    ['A-01', '{"__proto__":{"role":"admin"}}'],
    ['A-01', '{"constructor":{"prototype":{}}}'],
    ['A-02', '{"id":"a","createdBy":"me"}'],
    ['A-02', '{"id":"a","workspaceId":"00000000-0000-4000-8000-000000000000"}'],
    ['A-02', '{"id":"a","mocks":7}'],
    ['A-04', '{"id":null}'],
    ['A-04', `{"id":"' OR 1=1--"}`],
    ['A-04', '{"id":"../x"}'],
    ['A-04', `{"id":"${'a'.repeat(65)}"}`],
    ['A-07', '{"id":"a\\u0000b"}'],
    ['A-07', '{"id":"\\ud800"}'],
    ['A-07', '{"id":"\\u202egnp"}'],
    ['A-19', '{"ttlSeconds":0}'],
    ['A-19', '{"ttlSeconds":1e99}'],
    ['A-19', '{"ttlSeconds":"60"}'],
    ['A-19', '[]'],
    ['A-19', '7'],
  ])('%s: a session is not made of %s', async (_row, body) => {
    const { status } = await admin('POST /sessions', body);
    expect([400, 422]).toContain(status);
    expect(await total()).toBe(0);
    expect(({} as { role?: string }).role).toBeUndefined();
  });

  it.each(["'%20OR%201=1--", '..%2fx', 'a'.repeat(1_000), '__proto__', 'null', '%00', '%ff', 'S-1'])(
    'A-04: there is no session %s',
    async id => {
      for (const line of [`GET /sessions/${id}`, `DELETE /sessions/${id}`, `POST /sessions/${id}/promote`])
        expect([400, 404]).toContain((await admin(line)).status);
      expect(await total()).toBe(0);
    },
  );

  it.each(["' OR 1=1--", '../x', 'a'.repeat(65), 'ä', '%00', '', 'a,b', '"a"'])(
    'A-04: no request is in a session %j, by header or path, for traffic and admin alike',
    async id => {
      const headers = { 'X-Mock-Session': id };
      const inPath = `/__w/default/__s/${encodeURIComponent(id)}`;
      const replies = [
        await call(server.url, 'GET /a', { headers }),
        await call(server.url, `GET ${inPath}/a`),
        await admin('DELETE /mappings', undefined, headers),
        await call(server.url, `DELETE ${inPath}/__admin/mappings`),
      ];
      for (const reply of replies) {
        expect([reply.status, reply.json.code]).toEqual([400, 'bad-request']);
        expect(reply.json.detail).toContain('A session id is');
      }
      expect(await total()).toBe(0);
    },
  );

  it('A-08: of fifty that make one session at once, one does', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => admin('POST /sessions', { id: 'one' })));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 49 }, () => 409)]);
    await admin('DELETE /sessions/one');
  });

  it('A-23: a promotion with a mock that does not exist promotes none', async () => {
    const headers = { 'X-Mock-Session': 'p' };
    const { json } = await admin('POST /mappings', { request: { url: '/a' }, response: {} }, headers);
    const ids = [json.id, '00000000-0000-4000-8000-000000000001'];
    expect((await admin('POST /sessions/p/promote', { ids })).status).toBe(404);
    expect((await admin('POST /sessions/p/promote', { ids: ['x'] })).status).toBe(400);
    expect((await admin('GET /mappings')).json.meta.total).toBe(0);
    expect((await admin('GET /sessions/p')).json.mocks).toBe(1);
    await admin('DELETE /sessions/p');
  });
});

describe('other teams, with sign-in', () => {
  let team: TeamServer;
  let owner: Person;
  let viewer: Person;
  let theirs: Person;
  const inSession = { headers: { 'X-Mock-Session': 'run' } };
  const mapping = { request: { url: '/a' }, response: { body: 'mine' } };

  beforeAll(async () => {
    team = await startTeamServer('sqlite', { ADMIN_ON_TRAFFIC_PORT: 'false' });
    for (const slug of ['ours', 'theirs']) await team.admin('POST /workspaces', { slug, name: slug });
    const member = async (slug: string, email: string, role: string): Promise<Person> =>
      person(team.server, (await invite(team, { workspace: slug, email, role })).accessToken);
    owner = await member('ours', 'owner@example.test', 'owner');
    viewer = await member('ours', 'viewer@example.test', 'viewer');
    theirs = await member('theirs', 'theirs@example.test', 'owner');
  });
  afterAll(() => team.stop());

  const at = (slug: string, id?: string) => ({
    headers: { 'X-Mock-Workspace': slug, ...(id !== undefined && { 'X-Mock-Session': id }) },
  });

  it('U-13: a session of another workspace is not there, and one of the same name is another', async () => {
    const { json } = await owner('POST /mappings', mapping, at('ours', 'run'));
    expect((await owner('GET /sessions', undefined, at('ours'))).json.meta.total).toBe(1);
    for (const line of ['GET /sessions', 'GET /sessions/run', 'DELETE /sessions/run', 'POST /sessions/run/promote'])
      expect([line, (await theirs(line, undefined, at('ours'))).status]).toEqual([line, 404]);
    for (const line of [`GET /mappings/${json.id}`, 'GET /mappings', 'GET /requests', 'POST /reset'])
      expect([line, (await theirs(line, undefined, at('ours', 'run'))).status]).toEqual([line, 404]);
    expect((await theirs('GET /sessions', undefined, at('theirs'))).json.meta.total).toBe(0);
    expect((await theirs(`GET /mappings/${json.id}`, undefined, at('theirs', 'run'))).status).toBe(404);
    expect((await theirs('GET /mappings', undefined, at('theirs', 'run'))).json.meta.total).toBe(0);
    expect((await owner('GET /mappings', undefined, at('ours', 'run'))).json.meta.total).toBe(1);
  });

  it('U-13: a session lifts no role: who may only look changes nothing in it, and promotes nothing', async () => {
    for (const [line, body] of [
      ['POST /mappings', mapping],
      ['DELETE /mappings', undefined],
      ['POST /reset', undefined],
      ['POST /sessions', { id: 'v' }],
      ['DELETE /sessions/run', undefined],
      ['POST /sessions/run/promote', undefined],
    ] as const)
      expect([line, (await viewer(line, body, at('ours', 'run'))).status]).toEqual([line, 403]);
    expect((await viewer('GET /mappings', undefined, at('ours', 'run'))).status).toBe(200);
  });

  it('U-13: the id that a session has inside is no workspace', async () => {
    const slugs = (await team.admin('GET /workspaces')).json.workspaces.map(({ slug }: { slug: string }) => slug);
    expect(slugs.sort()).toEqual(['default', 'ours', 'theirs']);
    for (const slug of ['session:run', 'run', 's-0000'])
      expect((await team.admin('GET /mappings', undefined, at(slug))).status).toBe(404);
  });

  it('tokens belong to the workspace, also those that are made with a session in the request', async () => {
    const made = await owner('POST /tokens', { name: 'ci', role: 'editor' }, at('ours', 'run'));
    expect(made.status).toBe(201);
    const ci = person(team.server, made.json.token);
    expect((await ci('POST /mappings', { ...mapping, id: undefined }, inSession)).status).toBe(201);
    expect((await owner('GET /tokens', undefined, at('ours'))).json.tokens).toHaveLength(1);
  });

  it('A-16: on the traffic port a session prefix leads to no admin API', async () => {
    for (const path of ['/__w/ours/__s/run/__admin/mappings', '/__w/ours/__s/run/metrics']) {
      const { status, json } = await call(team.server.url, `GET ${path}`);
      expect([path, status, json?.meta]).toEqual([path, 404, undefined]);
    }
  });

  it('a request that the workspace does not let in begins no session', async () => {
    await team.admin('PUT /workspaces/theirs/protection', {
      kind: 'api-key',
      header: 'X-Api-Key',
      keys: ['a-key-of-sixteen-or-more'],
    });
    const { status } = await call(team.server.url, 'GET /__w/theirs/__s/sneaked/a');
    expect(status).toBe(401);
    expect((await theirs('GET /sessions/sneaked', undefined, at('theirs'))).status).toBe(404);
  });
});
