import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Browser } from '../support/browser';
import { call, type Reply } from '../support/http-call';
import { freePort } from '../support/server';
import { invite, person, startTeamServer, type Person, type TeamServer } from '../support/team-server';

// Sign-in at a real OpenID provider: `oidc-provider`, in a process of its own, with its own sign-in pages.

let provider: ChildProcess;
let issuer: string;
let team: TeamServer;
let callback: string;

beforeAll(async () => {
  const webUiPort = await freePort();
  callback = `http://127.0.0.1:${webUiPort}/__admin/auth/oidc/callback`;
  provider = spawn(process.execPath, [join(__dirname, '../support/oidc-provider.mjs')], {
    env: { PATH: process.env['PATH'], REDIRECT_URIS: JSON.stringify([callback]) },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  issuer = await new Promise<string>((resolve, reject) => {
    provider.stdout?.on('data', (chunk: Buffer) => {
      const said = /issuer (\S+)/.exec(chunk.toString());
      if (said?.[1] !== undefined) resolve(said[1]);
    });
    provider.once('exit', code => reject(new Error(`The provider ended with ${code}`)));
  });
  team = await startTeamServer('sqlite', {
    WEB_UI_PORT: String(webUiPort),
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: 'mocks',
    OIDC_CLIENT_SECRET: 'a secret that the test knows',
    OIDC_GROUP_ROLES: 'ops=admin, devs=shop:viewer, leads=shop:owner, devs=gone:editor',
  });
  await team.admin('POST /workspaces', { slug: 'shop', name: 'Shop' });
});
afterAll(async () => {
  await team?.stop();
  provider?.kill();
});

interface Claims {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
  readonly groups?: readonly string[];
}

const tell = (id: string, claims: Claims): Promise<Reply> => call(issuer, `PUT /accounts/${id}`, { body: claims });

/** Goes to the provider and signs in there; ends where the provider sends the browser back to. */
async function atProvider(id: string, browser = new Browser()): Promise<Browser> {
  const login = await browser.follow(await browser.get(`${team.server.consoleUrl}/__admin/auth/oidc/sign-in`));
  expect(login.text).toContain('name="login"');
  await browser.follow(await browser.submit({ prompt: 'login', login: id, password: 'any' }));
  await browser.follow(await browser.submit({ prompt: 'consent' }), callback);
  expect(browser.url).toContain(callback);
  return browser;
}

async function signIn(id: string): Promise<{ as: Person; reply: Reply; browser: Browser }> {
  const browser = await atProvider(id);
  const reply = await browser.get(browser.url);
  const token = browser.cookie('__mock_server_access');
  return { as: person(team.server, token), reply, browser };
}
const me = async (as: Person): Promise<{ email: string; isAdmin: boolean; workspaces: object[] }> =>
  (await as('GET /auth/me')).json;

it('is offered, and goes to the provider with PKCE, state and nonce', async () => {
  expect((await team.stranger('GET /auth/options')).json).toMatchObject({ auth: 'on', oidc: true });
  const { status, headers } = await team.stranger('GET /auth/oidc/sign-in');
  const url = new URL(headers.location ?? '');
  expect([status, url.origin]).toEqual([302, issuer]);
  const parameters = Object.fromEntries(url.searchParams);
  expect(parameters).toMatchObject({
    client_id: 'mocks',
    redirect_uri: callback,
    response_type: 'code',
    code_challenge_method: 'S256',
  });
  for (const name of ['state', 'nonce', 'code_challenge']) expect(parameters[name]).toMatch(/^[\w-]{40,}$/);
  expect(headers['set-cookie']?.[0]).toMatch(
    /^__mock_server_oidc=.*Path=\/__admin\/auth\/oidc;.*HttpOnly; SameSite=Lax$/,
  );
});

it('makes an account with the roles of the groups, and gives its tokens in cookies that no script reads', async () => {
  await tell('dora', { email: 'Dora@example.test', email_verified: true, name: 'Dora', groups: ['devs', 'others'] });
  const { as, reply } = await signIn('dora');
  expect([reply.status, reply.headers.location]).toEqual([302, '/#/']);
  for (const cookie of reply.headers['set-cookie']!.slice(0, 2)) expect(cookie).toMatch(/HttpOnly; SameSite=Strict$/);
  expect(reply.text).not.toContain('eyJ');
  expect(await me(as)).toMatchObject({
    email: 'dora@example.test',
    name: 'Dora',
    isAdmin: false,
    workspaces: [{ slug: 'shop', role: 'viewer' }],
  });
  const users = (await team.admin('GET /users')).json.users as { email: string; hasPassword: boolean }[];
  expect(users.find(({ email }) => email === 'dora@example.test')?.hasPassword).toBe(false);
  const byPassword = { email: 'dora@example.test', password: 'correct horse battery' };
  expect((await team.stranger('POST /auth/sign-in', byPassword)).status).toBe(401);
  expect(team.server.output()).not.toContain('eyJ');
});

it('gives at each sign-in what the groups give then; what a person gave stays', async () => {
  await tell('finn', { email: 'finn@example.test', email_verified: true, groups: ['devs', 'leads'] });
  expect((await me((await signIn('finn')).as)).workspaces).toEqual([{ slug: 'shop', role: 'owner' }]);
  await team.admin('POST /workspaces/default/members', { email: 'finn@example.test', role: 'editor' });
  await tell('finn', { email: 'finn@example.test', email_verified: true, groups: [] });
  expect((await me((await signIn('finn')).as)).workspaces).toEqual([{ slug: 'default', role: 'editor' }]);
});

it('makes admins by a group, and unmakes them when they leave it', async () => {
  await tell('oona', { email: 'oona@example.test', email_verified: true, groups: ['ops'] });
  expect((await me((await signIn('oona')).as)).isAdmin).toBe(true);
  await tell('oona', { email: 'oona@example.test', email_verified: true, groups: ['devs'] });
  expect((await me((await signIn('oona')).as)).isAdmin).toBe(false);
});

it('joins an account that has the same email only if the provider has checked the address', async () => {
  const known = await invite(team, { email: 'kim@example.test', role: 'editor', workspace: 'shop' });
  await tell('mallory', { email: 'kim@example.test', email_verified: false });
  const stranger = await signIn('mallory');
  expect([stranger.reply.status, stranger.reply.json.code]).toEqual([401, 'sign-in-failed']);
  expect(stranger.reply.json.detail).toContain('does not say that the address was checked');
  await tell('kim', { email: 'kim@example.test', email_verified: true });
  const joined = (await (await signIn('kim')).as('GET /auth/me')).json;
  expect([joined.id, joined.workspaces]).toEqual([known.id, [{ slug: 'shop', role: 'editor' }]]);
  // And then by the provider's own name for the user, whatever becomes of the address.
  await tell('kim', { email: 'new.kim@example.test', email_verified: true });
  expect((await (await signIn('kim')).as('GET /auth/me')).json.id).toBe(known.id);
});

it('shuts out whom an admin disabled, and who has no email', async () => {
  await tell('dis', { email: 'dis@example.test', email_verified: true });
  const { id } = (await (await signIn('dis')).as('GET /auth/me')).json;
  await team.admin(`PATCH /users/${id}`, { isDisabled: true });
  expect((await signIn('dis')).reply.json.detail).toContain('disabled');
  await tell('none', {});
  expect((await signIn('none')).reply.json.detail).toContain('no email');
});

describe('a callback that does not belong to a sign-in of this browser', () => {
  beforeAll(() => tell('vic', { email: 'vic@example.test', email_verified: true }));

  const refused = async (reply: Promise<Reply>): Promise<void> => {
    const { status, json, headers } = await reply;
    expect([status, json.code, headers['set-cookie']]).toEqual([401, 'sign-in-failed', undefined]);
  };

  it('is refused without the cookie, so nobody is signed in to an account of somebody else', async () => {
    const browser = await atProvider('vic');
    browser.forgetCookies();
    await refused(browser.get(browser.url));
  });

  it('is refused with the cookie of another sign-in', async () => {
    const [one, other] = [await atProvider('vic'), new Browser()];
    await other.get(`${team.server.consoleUrl}/__admin/auth/oidc/sign-in`);
    await refused(other.get(one.url));
  });

  it.each([
    ['another state', (url: URL) => url.searchParams.set('state', 'x'.repeat(43))],
    ['no state', (url: URL) => url.searchParams.delete('state')],
    ['another code', (url: URL) => url.searchParams.set('code', 'x'.repeat(43))],
    ['another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.test')],
    ['an error of the provider', (url: URL) => url.searchParams.set('error', 'access_denied')],
    ['nothing', (url: URL) => (url.search = '')],
  ])('is refused with %s', async (_, change) => {
    const browser = await atProvider('vic');
    const url = new URL(browser.url);
    change(url);
    await refused(browser.get(url.href));
  });

  it('is refused the second time', async () => {
    const { browser, reply } = await signIn('vic');
    expect(reply.status).toBe(302);
    const again = new URL(callback);
    again.search = new URL(browser.url).search;
    await refused(browser.get(again.href));
  });
});

it('is in the audit, with who it was', async () => {
  await tell('aud', { email: 'aud@example.test', email_verified: true });
  await signIn('aud');
  const { events } = (await team.admin('GET /audit?limit=50')).json;
  expect(events).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ action: 'oidc.finish', actorName: 'aud@example.test', outcome: 'done' }),
    ]),
  );
});

it('says what to do when the provider is away, and works again when it is back', async () => {
  const lonely = await startTeamServer('sqlite', {
    OIDC_ISSUER: `http://127.0.0.1:${await freePort()}`,
    OIDC_CLIENT_ID: 'mocks',
  });
  const { status, json } = await lonely.stranger('GET /auth/oidc/sign-in');
  expect([status, json.code]).toEqual([502, 'provider-unreachable']);
  expect(json.detail).toContain('sign in by password');
  await lonely.stop();
});

it('is not there where it is not set up', async () => {
  const plain = await startTeamServer('sqlite');
  for (const path of ['sign-in', 'callback?code=x'])
    expect((await plain.stranger(`GET /auth/oidc/${path}`)).status).not.toBe(302);
  expect((await plain.stranger('GET /auth/oidc/sign-in')).status).toBe(404);
  await plain.stop();
});
