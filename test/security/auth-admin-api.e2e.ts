import { Agent } from 'node:http';
import { invite, startTeamServer, type TeamServer } from '../support/team-server';
import { call } from '../support/http-call';
import { startScratchServer } from '../support/scratch-server';

// Rows A of the table of bad input that need sign-in: ways round it, cross-site requests, floods, spreadsheets.

let team: TeamServer;
beforeAll(async () => {
  team = await startTeamServer('sqlite', {
    ADMIN_REQUESTS_PER_SECOND: '50',
    NODE_ENV: 'production',
    SHUTDOWN_DELAY_MS: '0',
  });
});
afterAll(() => team.stop());

describe('A-14: without a token there is no way round', () => {
  const ways = [
    '/__admin/mappings',
    '/__admin/%6dappings',
    '/__ADMIN/mappings',
    '//__admin/mappings',
    '/__admin/./mappings',
    '/x/../__admin/mappings',
    '/__admin/mappings;x',
    '/__admin/mappings%2f',
    '/__admin/mappings/',
    '/%5f%5fadmin/mappings',
    '/__w/default/__admin/mappings',
    '/__w/default/%5f_admin/mappings',
  ];
  it.each(ways)('%s', async path => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH']) {
      for (const headers of [{}, { 'X-HTTP-Method-Override': 'GET' }, { 'X-Original-URL': '/health/live' }]) {
        const { status, text } = await call(team.server.consoleUrl, `${method} ${path}`, { headers });
        expect([method, [401, 404, 405].includes(status)]).toEqual([method, true]);
        expect(text).not.toContain('"mappings":[');
      }
    }
    expect((await team.admin('GET /mappings')).json.meta.total).toBe(0);
  });

  it('the traffic port has no admin API at all', async () => {
    for (const path of ['/__admin/mappings', '/__admin/auth/options', '/metrics', '/health/live'])
      expect((await call(team.server.url, `GET ${path}`)).json?.code ?? 'miss').not.toBe('unauthorized');
    expect((await call(team.server.url, 'GET /__admin/mappings')).status).toBe(404);
  });

  it('A-22: the API document is not for strangers', async () => {
    for (const path of ['/docs', '/docs-json', '/docs/swagger-ui-bundle.js', '/docs?url=http://evil.test/x.json'])
      expect((await team.stranger(`GET ${path}`)).status).toBe(401);
    expect((await team.admin('GET /docs-json')).status).toBe(200);
  });
});

describe('requests that a page of another site makes a browser send', () => {
  it.each(['https://evil.test', 'null', 'https://ui.example.evil'])('A-11, A-13: from %s', async origin => {
    const signedIn = await team.stranger('POST /auth/sign-in', {
      email: 'root@example.test',
      password: 'correct horse battery',
      cookie: true,
    });
    const cookie = (signedIn.headers['set-cookie'] ?? []).map(one => one.split(';')[0]).join('; ');
    const headers = { cookie, origin, 'content-type': 'text/plain' };
    const mapping = '{"request":{"url":"/a"},"response":{}}';
    for (const [line, body] of [
      ['POST /mappings', mapping],
      ['DELETE /mappings', undefined],
      ['POST /auth/refresh', '{}'],
      ['POST /auth/sign-out', undefined],
      ['POST /auth/sign-in', '{"email":"a@b.test","password":"x"}'],
    ] as const) {
      const answer = await team.stranger(line, body, { headers });
      expect([line, [401, 403].includes(answer.status)]).toEqual([line, true]);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    const read = await team.stranger('GET /mappings', undefined, { headers });
    expect(read.headers['access-control-allow-origin']).toBeUndefined();
    expect((await team.admin('GET /mappings')).json.meta.total).toBe(0);
  });
});

describe('the name of the server', () => {
  it('is its own: a page that makes its name resolve to 127.0.0.1 reads nothing (DNS rebinding), with sign-in and without', async () => {
    const open = await startScratchServer();
    for (const base of [team.server.consoleUrl, open.consoleUrl, open.url]) {
      for (const host of ['evil.test', 'evil.test:4001', '127.0.0.1.evil.test', 'localhost.evil.test']) {
        const { status, json } = await call(base, 'GET /__admin/mappings', { headers: { host } });
        expect([status, json.code]).toEqual([421, 'forbidden-host']);
      }
    }
    for (const host of ['localhost:4001', 'LOCALHOST', '127.0.0.1', '[::1]:4001', 'a.localhost'])
      expect((await call(open.url, 'GET /__admin/mappings', { headers: { host } })).status).toBe(200);
    // Traffic is told apart by Host, so any name is fine there.
    expect((await call(open.url, 'GET /a', { headers: { host: 'evil.test' } })).status).toBe(404);
    await open.remove();
  });
});

describe('floods', () => {
  it('A-20: a thousand requests with one token get 429 with Retry-After; others and traffic go on', async () => {
    const token = (await team.admin('POST /tokens', { name: 'flood', role: 'viewer' })).json.token as string;
    const agent = new Agent({ keepAlive: true, maxSockets: 20 });
    const headers = { authorization: `Bearer ${token}` };
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => call(team.server.consoleUrl, 'GET /__admin/version', { agent, headers })),
    );
    agent.destroy();
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(500);
    expect(new Set(refused.map(one => one.headers['retry-after']))).toEqual(new Set(['1']));
    expect((await team.admin('GET /version')).status).toBe(200);
    const metrics = (await call(team.server.consoleUrl, 'GET /metrics')).text;
    expect(metrics).toContain(`admin_requests_refused_total ${refused.length}\n`);
    for (const name of ['audit_events_dropped_total', 'password_checks_waiting'])
      expect(metrics).toContain(`${name} 0\n`);
    const startedAt = performance.now();
    expect((await call(team.server.url, 'GET /nothing')).status).toBe(404);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('the audit trail in a spreadsheet', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', "=cmd|'/C calc'!A0", '"quoted", and more'])(
    'A-17: %j is text',
    async formula => {
      // What a stranger may write into it: the email of a sign-in that failed.
      await team.stranger('POST /auth/sign-in', { email: formula, password: 'x' });
      const csv = await team.admin('GET /audit/export?format=csv&action=auth.sign-in&outcome=refused');
      expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
      const cells = csv.text.split('\r\n').slice(1).join(',').split(',');
      expect(cells.length).toBeGreaterThan(10);
      for (const cell of cells) expect(cell).toMatch(/^(?:[^=+\-@\t\r"]|"'|"[^=+\-@\t\r]|$)/);
    },
  );
});

it('A-01: bodies of the new routes refuse what poisons prototypes', async () => {
  const viewer = await invite(team, { email: 'v@example.test', role: 'viewer' });
  for (const line of [
    'POST /auth/sign-in',
    'POST /auth/refresh',
    'POST /auth/links/accept',
    'POST /tokens',
    'POST /users/invitations',
    `PATCH /users/${viewer.id}`,
    'POST /workspaces/default/members',
    `PUT /workspaces/default/members/${viewer.id}`,
    'POST /workspaces/default/invitations',
  ]) {
    for (const body of [
      '{"__proto__":{"isAdmin":true}}',
      '{"constructor":{"prototype":{}}}',
      '{"isOwner":true,"id":"x"}',
    ])
      expect([line, (await team.admin(line, body)).status]).toEqual([line, 400]);
  }
  expect((await viewer.as('GET /auth/me')).json.isAdmin).toBe(false);
});
