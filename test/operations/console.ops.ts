import { Chromium, type Page } from '../support/chromium';
import { call } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { ADMIN, startTeamServer, type TeamServer } from '../support/team-server';

let chromium: Chromium;
let page: Page;

beforeAll(async () => (chromium = await Chromium.start()));
afterAll(() => chromium.close());
beforeEach(async () => (page = await chromium.open()));
afterEach(() => expect(page.complaints).toEqual([]));

const mock = { name: 'A greeting', request: { method: 'GET', urlPath: '/hello' }, response: { body: 'hi' } };

describe('who comes to the console of a team', () => {
  let team: TeamServer;
  beforeAll(async () => {
    team = await startTeamServer('sqlite');
    await team.admin('POST /mappings', mock);
  });
  afterAll(() => team.stop());

  const signInWith = async (password: string): Promise<void> => {
    await page.type('#account-email', ADMIN.email);
    await page.type('#account-password', password);
    await page.click('#account-submit');
  };

  it('is told why a sign-in failed, and sees nothing before it succeeds', async () => {
    await page.goto(team.server.consoleUrl);
    await page.sees('#account-title', /^Sign in$/);
    expect(await page.text('#console')).toBeUndefined();
    await signInWith('not the password');
    await page.sees('#account-error', /password/);
    expect(await page.text('#console')).toBeUndefined();
    await signInWith(ADMIN.password);
    await page.sees('#mocks', /GET\s+\/hello\s+A greeting\s+5\s+200\s+Enabled/);
    expect(await page.text('#account')).toBeUndefined();
    expect(await page.evaluate('document.cookie')).toBe(''); // a script cannot take the sign-in
    await page.reload();
    await page.sees('#mocks', /A greeting/);
  });

  it('makes an account by a link of an invitation, which is good once', async () => {
    const invitation = await team.admin('POST /workspaces/default/invitations', {
      email: 'ada@example.test',
      role: 'viewer',
    });
    const { hash } = new URL(invitation.json.url as string);
    const link = `${team.server.consoleUrl}/${hash}`;
    await page.goto(link);
    await page.sees('#account-title', /^Join workspace default$/);
    await page.sees('#account-for', /ada@example\.test/);
    expect(await page.evaluate('location.href')).not.toContain(invitation.json.token);
    await page.type('#account-password', 'short');
    await page.click('#account-submit');
    expect(await page.evaluate('document.querySelector("#account-password").validity.tooShort')).toBe(true);
    await page.type('#account-password', 'a sentence that Ada likes');
    await page.click('#account-submit');
    await page.sees('#mocks', /A greeting/);
    expect((await team.admin('GET /workspaces/default/members')).text).toContain('ada@example.test');

    const later = await chromium.open();
    await later.goto(link);
    await later.sees('#account-error', /link/);
    await later.sees('#account-title', /^Sign in$/);
  });

  it('sets a new password by a link, and signs in with that one', async () => {
    const { json } = await team.admin('GET /auth/me');
    const made = await team.admin(`POST /users/${json.id}/password-link`);
    await page.goto(`${team.server.consoleUrl}/${new URL(made.json.url as string).hash}`);
    await page.sees('#account-title', /^Set a new password$/);
    expect(await page.text('#account-email')).toBeUndefined();
    await page.type('#account-password', 'another sentence that is good');
    await page.click('#account-submit');
    await page.sees('#mocks', /A greeting/);
    page = await chromium.open();
    await page.goto(team.server.consoleUrl);
    await signInWith('another sentence that is good');
    await page.sees('#mocks', /A greeting/);
  });
});

describe('who comes to the console of one developer', () => {
  let server: ScratchServer;
  beforeEach(async () => (server = await startScratchServer()));
  afterEach(() => server.remove());

  it('sees mocks and requests as they come, and what nothing answered', async () => {
    await page.goto(server.consoleUrl);
    await page.sees('#mocks-empty', /No mocks yet/);
    await page.sees('#try', new RegExp(`curl ${server.url}/hello`));
    await call(server.url, 'POST /__admin/mappings', { body: mock });
    await call(server.url, 'GET /hello');
    await call(server.url, 'GET /nowhere');
    await page.sees('#mocks', /\/hello\s+A greeting/);
    await page.sees(
      '#requests',
      /GET\s+\/nowhere\s+404\s+Nothing: no mock matched[\s\S]*GET\s+\/hello\s+200\s+A greeting/,
    );
    await page.sees('#server-state', /^Ready$/);
  });

  it('shows names of mocks as text, whatever they are', async () => {
    const name = '<img src=x onerror="document.title = 1">';
    await call(server.url, 'POST /__admin/mappings', { body: { ...mock, name } });
    await page.goto(server.consoleUrl);
    expect(await page.sees('#mocks', /onerror/)).toContain(name);
    expect(await page.evaluate('[document.title, document.images.length]')).toEqual(['mock-server', 0]);
  });

  it('is told when the server answers no more, and still sees what was there', async () => {
    await call(server.url, 'POST /__admin/mappings', { body: mock });
    await page.goto(server.consoleUrl);
    await page.sees('#mocks', /A greeting/);
    await server.stop();
    await page.sees('#notice', /^The server does not answer\. What you see may be old; trying again\.$/);
    await page.sees('#server-state', /^No answer$/);
    expect(await page.text('#mocks')).toContain('A greeting');
  });
});
