import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';
import { JWT_SECRET, person, type Person } from '../support/team-server';

// What a platform team does in its first hour, from an empty database to an audit export: over HTTP, as they do it.

describe.each(['sqlite', 'postgres'] as const)('the first hour of two teams on %s', dialect => {
  let scratch: Scratch;
  let database: TestDatabase | undefined;
  let server: TestServer;
  let admin: Person;
  let ada: Person;
  let vera: Person;
  let ci: Person;
  let goodRevision: number;

  beforeAll(async () => {
    scratch = await makeScratch();
    database = dialect === 'postgres' ? await createTestDatabase() : undefined;
    server = await startServer({
      DATABASE_URL: database?.url ?? `sqlite:${scratch.folder}/mock-server.db`,
      DATA_DIR: scratch.folder,
      AUTH: 'on',
      JWT_SECRET,
    });
  });
  afterAll(async () => {
    await server?.stop();
    await database?.drop();
    await scratch?.remove();
  });

  const stranger: Person = (...given) => person(server)(...given);
  const accept = async (token: string, more: object = {}): Promise<Person> => {
    const { status, json, text } = await stranger('POST /auth/links/accept', {
      token,
      password: 'correct horse battery',
      ...more,
    });
    if (status !== 200) throw new Error(`A link was not accepted: ${status} ${text}`);
    return person(server, json.accessToken);
  };
  const of = (slug: string): { headers: Record<string, string> } => ({ headers: { 'x-mock-workspace': slug } });
  const answer = async (path: string): Promise<string> => {
    const { status, text } = await call(server.url, `GET ${path}`);
    return status === 200 ? text : String(status);
  };

  it('install: it asks for a sign-in, has no built-in password, and prints a link that leads to a page', async () => {
    expect((await stranger('GET /mappings')).status).toBe(401);
    expect((await stranger('GET /auth/options')).json).toMatchObject({ auth: 'on', needsSetup: true });
    await eventually(() => server.output().includes('/#/setup/'));
    const printed = /http\S+#\/setup\/\S+/.exec(server.output())?.[0] ?? '';
    const page = await call(server.consoleUrl, `GET ${new URL(printed).pathname}`);
    expect([page.status, page.text.includes('/account.js'), page.text.includes('id="account-form"')]).toEqual([
      200,
      true,
      true,
    ]);
    expect((await call(server.consoleUrl, 'GET /account.js')).text).toContain('links/accept');
  });

  it('first admin: whoever has the link makes the account, once', async () => {
    const token = /#\/setup\/([\w-]+)/.exec(server.output())?.[1] ?? '';
    expect((await stranger('POST /auth/links/look', { token })).json).toMatchObject({ purpose: 'setup', email: null });
    admin = await accept(token, { email: 'root@example.test', name: 'Root' });
    expect((await admin('GET /auth/me')).json).toMatchObject({ email: 'root@example.test', isAdmin: true });
    expect((await stranger('POST /auth/links/look', { token })).json.code).toBe('link-unusable');
    expect((await stranger('GET /auth/options')).json.needsSetup).toBe(false);
  });

  it('two teams: each by invitation, and neither knows of the other', async () => {
    for (const slug of ['blue', 'red']) await admin('POST /workspaces', { slug, name: `Team ${slug}` });
    const invite = async (slug: string, email: string, role: string): Promise<Person> =>
      accept((await admin(`POST /workspaces/${slug}/invitations`, { email, role })).json.token);
    ada = await invite('blue', 'ada@example.test', 'owner');
    vera = await invite('blue', 'vera@example.test', 'viewer');
    const rob = await invite('red', 'rob@example.test', 'owner');
    expect((await rob('GET /mappings', undefined, of('blue'))).json.code).toBe('workspace-not-found');
    expect((await ada('GET /workspaces')).json.workspaces).toMatchObject([{ slug: 'blue' }]);
    await rob('POST /mappings', { request: { urlPath: '/price' }, response: { body: 'red' } }, of('red'));
  });

  it('a viewer reads, and is refused when she writes, with what it takes', async () => {
    const mapping = { request: { urlPath: '/price' }, response: { body: '100' } };
    expect((await ada('POST /mappings', mapping, of('blue'))).status).toBe(201);
    expect((await vera('GET /mappings', undefined, of('blue'))).json.meta.total).toBe(1);
    const refused = await vera('DELETE /mappings', undefined, of('blue'));
    expect([refused.status, refused.json.detail]).toEqual([
      403,
      'This takes the role editor in the workspace; yours is viewer.',
    ]);
    expect([await answer('/__w/blue/price'), await answer('/__w/red/price')]).toEqual(['100', 'red']);
  });

  it('a token for CI: it imports into its own workspace, names none, and nothing else is open to it', async () => {
    const { token } = (await ada('POST /tokens', { name: 'pipeline', role: 'editor' }, of('blue'))).json;
    ci = person(server, token as string);
    goodRevision = (await ada('GET /workspaces/blue')).json.revision;
    const mappings = [1, 2, 3].map(n => ({ request: { urlPath: `/item/${n}` }, response: { body: `item ${n}` } }));
    const headers = { 'x-change-message': 'build 17' };
    expect((await ci('POST /mappings/import', { mappings }, { headers })).status).toBe(200);
    expect(await answer('/__w/blue/item/2')).toBe('item 2');
    expect((await ci('GET /mappings', undefined, of('red'))).status).toBe(404);
    expect((await ci('PATCH /workspaces/blue', { name: 'mine' })).status).toBe(403);
  });

  it('a rollback: the history says who broke it, and one call takes it back', async () => {
    await ci('DELETE /mappings');
    expect(await answer('/__w/blue/price')).toBe('404');
    const { revisions } = (await vera('GET /revisions?limit=2', undefined, of('blue'))).json;
    expect(revisions).toMatchObject([
      { author: 'token pipeline', removed: 4 },
      { author: 'token pipeline', source: 'import', message: 'build 17', added: 3 },
    ]);
    expect((await vera(`POST /revisions/${goodRevision}/restore`, undefined, of('blue'))).status).toBe(403);
    expect((await ada(`POST /revisions/${goodRevision}/restore`, undefined, of('blue'))).json.added).toBe(1);
    expect([await answer('/__w/blue/price'), await answer('/__w/blue/item/2')]).toEqual(['100', '404']);
    expect(await answer('/__w/red/price')).toBe('red');
  });

  it('an audit export: who did what, also what was refused; for the owner without the other team', async () => {
    const all = (await admin('GET /audit/export')).text.trim().split('\n');
    const events = all.map(line => JSON.parse(line) as { action: string; actorName: string; outcome: string });
    for (const [action, actorName, outcome] of [
      ['links.accept', 'root@example.test', 'done'],
      ['workspaces.create', 'root@example.test', 'done'],
      ['mappings.remove-all', 'vera@example.test', 'refused'],
      ['tokens.make', 'ada@example.test', 'done'],
      ['mappings.remove-all', 'token pipeline', 'done'],
      ['revisions.restore', 'vera@example.test', 'refused'],
      ['revisions.restore', 'ada@example.test', 'done'],
    ])
      expect(events).toContainEqual(expect.objectContaining({ action, actorName, outcome }));
    const csv = await ada('GET /workspaces/blue/audit/export?format=csv');
    expect([csv.status, csv.text.includes('revisions.restore'), csv.text.includes('rob@example.test')]).toEqual([
      200,
      true,
      false,
    ]);
    expect((await vera('GET /workspaces/blue/audit/export')).status).toBe(403);
  });
});
