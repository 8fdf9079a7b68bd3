import { eventually } from '../support/eventually';
import { createTestDatabase, onPostgres } from '../support/postgres';
import { ADMIN, invite, JWT_SECRET, person, signIn, startTeamServer, type TeamServer } from '../support/team-server';
import { makeScratch } from '../support/scratch';
import { startServer } from '../support/server';

describe.each(['sqlite', 'postgres'] as const)('a team on %s', dialect => {
  let team: TeamServer;
  beforeAll(async () => {
    team = await startTeamServer(dialect);
  });
  afterAll(() => team.stop());

  it('needs to sign in, and says how', async () => {
    const { status, json, headers } = await team.stranger('GET /mappings');
    expect([status, json.code, headers['www-authenticate']]).toEqual([
      401,
      'unauthorized',
      'Bearer realm="mock-server"',
    ]);
    expect(json.detail).toContain('POST /__admin/auth/sign-in');
  });

  it('has two workspaces, an owner and a viewer by invitation, and a token for its pipeline', async () => {
    await team.admin('POST /workspaces', { slug: 'blue', name: 'Blue' });
    await team.admin('POST /workspaces', { slug: 'red', name: 'Red' });
    const owner = await invite(team, { email: 'olga@example.test', role: 'owner', workspace: 'blue' });
    const viewer = await invite(team, { email: 'vera@example.test', role: 'viewer', workspace: 'blue' });
    const blue = { headers: { 'X-Mock-Workspace': 'blue' } };
    const mapping = { request: { url: '/a' }, response: { body: 'blue a' } };

    const made = await owner.as('POST /mappings', mapping, blue);
    expect(made.status).toBe(201);
    expect((await viewer.as('GET /mappings', undefined, blue)).json.meta.total).toBe(1);
    const refused = await viewer.as('POST /mappings', mapping, blue);
    expect([refused.status, refused.json.detail]).toEqual([
      403,
      'This takes the role editor in the workspace; yours is viewer.',
    ]);
    // The other team's workspace is not there for them.
    for (const slug of ['red', 'no-such']) {
      const { status, json } = await owner.as('GET /mappings', undefined, { headers: { 'X-Mock-Workspace': slug } });
      expect([status, json.code]).toEqual([404, 'workspace-not-found']);
    }
    expect((await owner.as('GET /workspaces')).json.workspaces.map(({ slug }: { slug: string }) => slug)).toEqual([
      'blue',
    ]);

    const token = (await owner.as('POST /tokens', { name: 'ci', role: 'editor' }, blue)).json;
    const ci = person(team.server, token.token as string);
    // No address: the token's workspace.
    expect((await ci('GET /mappings')).json.meta.total).toBe(1);
    const basic = `Basic ${Buffer.from(`any:${token.token}`).toString('base64')}`;
    expect((await team.stranger('GET /mappings', undefined, { headers: { authorization: basic } })).status).toBe(200);
    expect((await ci('GET /mappings', undefined, { headers: { 'X-Mock-Workspace': 'red' } })).status).toBe(404);
    const listed = (await owner.as('GET /tokens', undefined, blue)).json.tokens;
    expect(listed).toMatchObject([{ name: 'ci', role: 'editor', createdBy: 'olga@example.test' }]);
    expect(listed[0].lastUsedAt).not.toBeNull();
    expect(JSON.stringify(listed)).not.toContain(token.token);

    expect((await fetch(`${team.server.url}/__w/blue/a`)).status).toBe(200);
    await owner.as(`DELETE /tokens/${token.id}`, undefined, blue);
    expect((await ci('GET /mappings')).status).toBe(401);
  });

  it('renews an access token, once with each refresh token; the second use ends the sign-in for both', async () => {
    const first = await signIn(team.server, ADMIN.email, ADMIN.password);
    const second = (await team.stranger('POST /auth/refresh', { refreshToken: first.refreshToken })).json;
    expect((await person(team.server, second.accessToken)('GET /auth/me')).status).toBe(200);
    const reused = await team.stranger('POST /auth/refresh', { refreshToken: first.refreshToken });
    expect([reused.status, reused.json.code]).toEqual([401, 'sign-in-failed']);
    expect((await team.stranger('POST /auth/refresh', { refreshToken: second.refreshToken })).status).toBe(401);
    expect((await person(team.server, second.accessToken)('GET /auth/me')).status).toBe(401);
  });

  it('signs out here, everywhere, and by a new password', async () => {
    const dora = await invite(team, { email: 'dora@example.test', role: 'viewer' });
    const here = await signIn(team.server, dora.email, dora.password);
    const there = await signIn(team.server, dora.email, dora.password);
    await person(team.server, here.accessToken)('POST /auth/sign-out');
    expect((await person(team.server, here.accessToken)('GET /auth/me')).status).toBe(401);
    expect((await person(team.server, there.accessToken)('GET /auth/sign-ins')).json.signIns).toHaveLength(2);

    const password = 'another fine password';
    const changed = await person(team.server, there.accessToken)('POST /auth/password', {
      current: dora.password,
      password,
    });
    expect(changed.status).toBe(200);
    for (const old of [there.accessToken, dora.accessToken])
      expect((await person(team.server, old)('GET /auth/me')).status).toBe(401);
    const old = await team.stranger('POST /auth/sign-in', { email: dora.email, password: dora.password });
    expect(old.status).toBe(401);
    await person(team.server, changed.json.accessToken)('POST /auth/sign-out-everywhere');
    expect((await person(team.server, changed.json.accessToken)('GET /auth/me')).status).toBe(401);
    expect((await signIn(team.server, dora.email, password)).accessToken).toBeDefined();
  });

  it('keeps a last admin, and shuts out whom the admin disables or deletes', async () => {
    const { id } = (await team.admin('GET /auth/me')).json;
    for (const change of [{ isAdmin: false }, { isDisabled: true }])
      expect((await team.admin(`PATCH /users/${id}`, change)).json.code).toBe('last-admin');
    expect((await team.admin(`DELETE /users/${id}`)).json.code).toBe('last-admin');
    const eve = await invite(team, { email: 'eve@example.test', role: 'owner' });
    await team.admin(`PATCH /users/${eve.id}`, { isDisabled: true });
    expect((await eve.as('GET /mappings')).status).toBe(401);
    expect((await team.stranger('POST /auth/refresh', { refreshToken: eve.refreshToken })).status).toBe(401);
    expect((await team.stranger('POST /auth/sign-in', eve)).status).toBe(400); // more fields than email and password
    const { email, password } = eve;
    expect((await team.stranger('POST /auth/sign-in', { email, password })).json.detail).toBe(
      'Email or password is wrong.',
    );
    expect((await team.admin(`DELETE /users/${eve.id}`)).status).toBe(200);
  });

  it('gets a new password by a link from an admin, once', async () => {
    const fay = await invite(team, { email: 'fay@example.test', role: 'viewer' });
    const { token, url } = (await team.admin(`POST /users/${fay.id}/password-link`)).json;
    expect(url).toMatch(/\/#\/password\//);
    const password = 'a brand new password';
    expect((await team.stranger('POST /auth/links/accept', { token, password })).status).toBe(200);
    expect((await fay.as('GET /auth/me')).status).toBe(401);
    expect((await signIn(team.server, fay.email, password)).accessToken).toBeDefined();
    expect((await team.stranger('POST /auth/links/accept', { token, password })).json.code).toBe('link-unusable');
  });

  it('joins with the account one has, and a revoked invitation is good for nothing', async () => {
    await team.admin('POST /workspaces', { slug: 'green', name: 'Green' });
    const gus = await invite(team, { email: 'gus@example.test' });
    expect((await gus.as('GET /auth/me')).json.workspaces).toEqual([]);
    const { token } = (await team.admin('POST /workspaces/green/invitations', { role: 'editor' })).json;
    await gus.as('POST /auth/links/join', { token });
    expect((await gus.as('GET /auth/me')).json.workspaces).toEqual([{ slug: 'green', role: 'editor' }]);
    const revoked = (await team.admin('POST /workspaces/green/invitations', { role: 'editor' })).json;
    await team.admin(`DELETE /workspaces/green/invitations/${revoked.id}`);
    expect((await gus.as('POST /auth/links/join', { token: revoked.token })).status).toBe(410);
  });

  it('gives a browser its tokens as cookies that no script reads; they open reads, not writes', async () => {
    const { email, password } = ADMIN;
    const { json, headers } = await team.stranger('POST /auth/sign-in', { email, password, cookie: true });
    expect(json.refreshToken).toBeUndefined();
    const cookies = headers['set-cookie'] ?? [];
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies) expect(cookie).toMatch(/^__mock_server_.*; HttpOnly; SameSite=Strict$/);
    const cookie = cookies.map(one => one.split(';')[0]).join('; ');
    expect((await team.stranger('GET /mappings', undefined, { headers: { cookie } })).status).toBe(200);
    expect((await team.stranger('DELETE /mappings', undefined, { headers: { cookie } })).status).toBe(401);
    const refreshed = await team.stranger('POST /auth/refresh', {}, { headers: { cookie } });
    expect([refreshed.status, refreshed.headers['set-cookie']?.length]).toEqual([200, 2]);
  });
});

describe('the first admin', () => {
  it('is made later when the database could not take it at the start', async () => {
    const [scratch, database] = await Promise.all([makeScratch(), createTestDatabase()]);
    const env = { DATABASE_URL: database.url, DATA_DIR: scratch.folder };
    await (await startServer(env)).stop();
    const sql = (text: string): Promise<unknown> => onPostgres(database.url, client => client.query(text));
    await sql('ALTER TABLE users RENAME TO away');
    const admin = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password };
    const server = await startServer({ ...env, AUTH: 'on', JWT_SECRET, ...admin });
    await eventually(() => server.output().includes('The first admin could not be made'));
    await sql('ALTER TABLE away RENAME TO users');
    const signedIn = async (): Promise<boolean> => (await person(server)('POST /auth/sign-in', ADMIN)).status === 200;
    await eventually(signedIn, 8_000);
    await server.stop();
    await Promise.all([scratch.remove(), database.drop()]);
  });

  it('is made by one of twenty who use the printed link at once (U-11)', async () => {
    const scratch = await makeScratch();
    const server = await startServer({
      DATABASE_URL: `sqlite:${scratch.folder}/db.sqlite`,
      DATA_DIR: scratch.folder,
      AUTH: 'on',
      JWT_SECRET,
    });
    await eventually(() => server.output().includes('/#/setup/'));
    const token = /#\/setup\/([\w-]+)/.exec(server.output())?.[1];
    const ask = person(server);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        ask('POST /auth/links/accept', { token, email: `n${n}@example.test`, password: 'correct horse battery' }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(19).fill(410)]);
    const { accessToken } = answers.find(({ status }) => status === 200)!.json;
    expect((await person(server, accessToken)('GET /users')).json.meta.total).toBe(1);
    await server.stop();
    await scratch.remove();
  });
});
