import { createHmac, generateKeyPairSync, hash, sign } from 'node:crypto';
import { eventually } from '../support/eventually';
import { sendRaw } from '../support/raw-http';
import { ADMIN, invite, JWT_SECRET, person, signIn, startTeamServer, type TeamServer } from '../support/team-server';
import { runServer, startServer } from '../support/server';

// Rows U of the table of bad input: signing in, and what follows from it. On PostgreSQL, with two replicas where it matters.

let team: TeamServer;
beforeAll(async () => {
  team = await startTeamServer('postgres', { LOG_LEVEL: 'debug' });
});
afterAll(() => team.stop());

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const keyId = (secret: string): string => hash('sha256', `key id ${secret}`, 'hex').slice(0, 12);
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

interface Forgery {
  readonly header?: object;
  readonly claims?: Record<string, unknown>;
  readonly secret?: string;
}

/** A token as the server would sign it, but for what a test changes. */
async function forge({ header = {}, claims = {}, secret = JWT_SECRET }: Forgery = {}): Promise<string> {
  const { accessToken } = await signIn(team.server, ADMIN.email, ADMIN.password);
  const payload = JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as object;
  const body = `${encode({ alg: 'HS256', typ: 'JWT', kid: keyId(secret), ...header })}.${encode({ ...payload, ...claims })}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}
const statusWith = async (token: string): Promise<number> => (await person(team.server, token)('GET /auth/me')).status;

describe('a token that is not ours', () => {
  it('is told from one that is: this one is', async () => {
    expect(await statusWith(await forge())).toBe(200);
  });

  it.each(['none', 'None', 'nOnE'])('U-01: alg %s, with and without a signature', async alg => {
    const token = await forge({ header: { alg } });
    const [head, body] = token.split('.');
    for (const one of [token, `${head}.${body}.`, `${head}.${body}`]) expect(await statusWith(one)).toBe(401);
  });

  it('U-02: another algorithm, symmetric or not', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const [, body] = (await forge()).split('.');
    const signed = `${encode({ alg: 'RS256', kid: keyId(JWT_SECRET) })}.${body}`;
    const rsa = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const hs512 = `${encode({ alg: 'HS512', kid: keyId(JWT_SECRET) })}.${body}`;
    const stronger = `${hs512}.${createHmac('sha512', JWT_SECRET).update(hs512).digest('base64url')}`;
    for (const token of [rsa, await forge({ secret: pem }), stronger]) expect(await statusWith(token)).toBe(401);
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['expired', () => ({ exp: nowSeconds() - 120 })],
    ['not valid yet', () => ({ nbf: nowSeconds() + 600 })],
    ['made in the future', () => ({ iat: nowSeconds() + 600 })],
    ['of another issuer', () => ({ iss: 'somebody' })],
    ['for another audience', () => ({ aud: 'somebody' })],
    ['without an end', () => ({ exp: undefined })],
    ['without a subject', () => ({ sub: undefined })],
    ['of another sign-in', () => ({ sid: '6b2f4c1e-0000-4000-8000-000000000000' })],
    ['for another use', () => ({ use: 'refresh' })],
  ])('U-04: %s', async (_what, claims) => {
    expect(await statusWith(await forge({ claims: claims() }))).toBe(401);
  });

  it('U-04: a refresh token, and an access token in the place of one', async () => {
    const { accessToken, refreshToken } = await signIn(team.server, ADMIN.email, ADMIN.password);
    expect(await statusWith(refreshToken)).toBe(401);
    expect((await team.stranger('POST /auth/refresh', { refreshToken: accessToken })).status).toBe(422); // too long
    expect((await team.stranger('POST /auth/refresh', { refreshToken: accessToken.slice(0, 150) })).status).toBe(401);
  });

  it('U-05: cut, too many parts, junk, a megabyte, no ASCII', async () => {
    const token = await forge();
    const junk = [
      token.slice(0, -3),
      `${token}.x`,
      'a.b.c',
      '....',
      '%',
      'mst_',
      `mst_${'x'.repeat(43)}`,
      token.replace('.', ''),
    ];
    for (const one of junk) expect(await statusWith(one)).toBe(401);
    for (const value of ['Bearer', 'Bearer ', 'Basic', 'Basic eA==', 'Digest x', '', 'Bearer a b']) {
      const { status } = await team.stranger('GET /auth/me', undefined, { headers: { authorization: value } });
      expect([value, status]).toEqual([value, 401]);
    }
    const huge = await team.stranger('GET /auth/me', undefined, {
      headers: { authorization: `Bearer ${'x'.repeat(14_000)}` },
    });
    expect([401, 431]).toContain(huge.status);
    const { port } = new URL(team.server.consoleUrl);
    const head = 'GET /__admin/auth/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ';
    const megabyte = await sendRaw(Number(port), Buffer.from(`${head}${'x'.repeat(1_000_000)}\r\n\r\n`));
    expect(megabyte.toString()).toMatch(/^HTTP\/1\.1 431 /);
    const notAscii = await sendRaw(Number(port), Buffer.from(`${head}t\u00f6k\u0000en\r\n\r\n`));
    expect(notAscii.toString()).toMatch(/^HTTP\/1\.1 40[01] /);
  });
});

describe('what changes for a user holds on every replica within 5 seconds (U-07)', () => {
  it('a lower role, a disabled user, a new password, a revoked token', async () => {
    const replica = await team.replica();
    const there = (token: string) => person(replica, token);
    const ida = await invite(team, { email: 'ida@example.test', role: 'editor' });
    const jan = await invite(team, { email: 'jan@example.test', role: 'editor' });
    const kim = await invite(team, { email: 'kim@example.test', role: 'editor' });
    const token = (await team.admin('POST /tokens', { name: 'u07', role: 'viewer' })).json;
    const tokens = [ida, jan, kim].map(({ accessToken }) => accessToken);
    for (const one of [...tokens, token.token as string]) expect((await there(one)('GET /mappings')).status).toBe(200);
    expect((await there(ida.accessToken)('DELETE /mappings')).status).toBe(200);

    await team.admin(`PUT /workspaces/default/members/${ida.id}`, { role: 'viewer' });
    await team.admin(`PATCH /users/${jan.id}`, { isDisabled: true });
    await kim.as('POST /auth/password', { current: kim.password, password: 'quite another password' });
    await team.admin(`DELETE /tokens/${token.id}`);
    const changedAt = performance.now();
    await eventually(async () => (await there(ida.accessToken)('DELETE /mappings')).status === 403, 5_000);
    await eventually(async () => (await there(jan.accessToken)('GET /mappings')).status === 401, 5_000);
    await eventually(async () => (await there(kim.accessToken)('GET /mappings')).status === 401, 5_000);
    await eventually(async () => (await there(token.token as string)('GET /mappings')).status === 401, 5_000);
    expect(performance.now() - changedAt).toBeLessThan(5_000);
  });
});

describe('refresh tokens', () => {
  it('U-08: the second use ends the sign-in, also when both come at once, on two replicas', async () => {
    const lea = await invite(team, { email: 'lea@example.test', role: 'viewer' });
    const session = await signIn(team.server, lea.email, lea.password);
    const uses = await Promise.all(
      [0, 1, 2].map(() => team.stranger('POST /auth/refresh', { refreshToken: session.refreshToken })),
    );
    expect(uses.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    for (const { json } of uses) {
      const next = json.refreshToken as string | undefined;
      if (next) expect((await team.stranger('POST /auth/refresh', { refreshToken: next })).status).toBe(401);
    }
    expect((await person(team.server, session.accessToken)('GET /auth/me')).status).toBe(401);
    // Her other sign-in is none of the thief's.
    expect((await lea.as('GET /auth/me')).status).toBe(200);
  });
});

describe('passwords', () => {
  it('U-10: a megabyte is refused before it is hashed', async () => {
    const password = 'x'.repeat(1_000_000);
    const startedAt = performance.now();
    const { status, json } = await team.stranger('POST /auth/sign-in', { email: ADMIN.email, password });
    expect([status, json.code]).toEqual([400, 'bad-request']);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('U-10: fifty sign-ins at once are answered, and the server stays alive', async () => {
    const mia = await invite(team, { email: 'mia@example.test', role: 'viewer' });
    const { email, password } = mia;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => team.stranger('POST /auth/sign-in', { email, password }, { timeoutMs: 60_000 })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(50).fill(200));
    expect((await fetch(`${team.server.consoleUrl}/health/live`)).status).toBe(200);
    // Of so many sign-ins the newest are kept.
    expect(
      (await person(team.server, answers.at(-1)!.json.accessToken)('GET /auth/sign-ins')).json.signIns.length,
    ).toBeLessThanOrEqual(20);
  }, 90_000);

  it.each([
    ['short', 'short one'],
    ['of one letter', 'aaaaaaaaaaaaaaaa'],
    ['the email', 'nia@example.test'],
    ['a well-known one', 'password!!!1234'],
  ])('a weak one is refused: %s', async (_what, password) => {
    const { token } = (await team.admin('POST /users/invitations', { email: 'nia@example.test' })).json;
    const { status, json } = await team.stranger('POST /auth/links/accept', { token, password });
    expect([status, json.mistakes[0].pointer]).toEqual([422, '/password']);
  });

  it('guessing locks the account, for a wrong and for the right password, and says when to come back', async () => {
    const { email, password } = await invite(team, { email: 'ola@example.test', role: 'viewer' });
    const tries = await Promise.all(
      Array.from({ length: 25 }, () =>
        team.stranger('POST /auth/sign-in', { email, password: 'a wrong password' }, { timeoutMs: 60_000 }),
      ),
    );
    const codes = tries.map(({ json }) => json.code as string);
    expect(new Set(codes)).toEqual(new Set(['sign-in-failed', 'too-many-requests']));
    expect(codes.filter(code => code === 'sign-in-failed').length).toBeLessThanOrEqual(12);
    const { status, headers } = await team.stranger('POST /auth/sign-in', { email, password });
    expect([status, Number(headers['retry-after']) > 0]).toEqual([429, true]);
  }, 60_000);

  it('an email that nobody has is answered, timed and locked like one that somebody has', async () => {
    const time = async (email: string): Promise<{ answer: string; ms: number }> => {
      const startedAt = performance.now();
      const { json } = await team.stranger('POST /auth/sign-in', { email, password: 'a wrong password' });
      return { answer: `${json.status} ${json.code} ${json.detail}`, ms: performance.now() - startedAt };
    };
    const { email } = await invite(team, { email: 'pia@example.test', role: 'viewer' });
    const known = [await time(email), await time(email), await time(email)];
    const unknown = [await time('no-1@example.test'), await time('no-2@example.test'), await time('no-3@example.test')];
    expect(new Set([...known, ...unknown].map(({ answer }) => answer)).size).toBe(1);
    const fastest = (list: { ms: number }[]): number => Math.min(...list.map(({ ms }) => ms));
    // Without the hash it would be some fifty times faster.
    expect(fastest(unknown)).toBeGreaterThan(fastest(known) / 4);
    for (let n = 0; n < 10; n++) await time('no-1@example.test');
    expect((await time('no-1@example.test')).answer).toMatch(/^429 /);
  }, 60_000);
});

it('U-14: a token in the query is refused, and in no log', async () => {
  const { accessToken } = await signIn(team.server, ADMIN.email, ADMIN.password);
  for (const name of ['access_token', 'token', 'api_key', 'apikey', 'jwt', 'Access%5FToken', 'password', 'a=1&token']) {
    for (const ask of [team.stranger, team.admin])
      expect([name, (await ask(`GET /mappings?${name}=${accessToken}`)).status]).toEqual([name, 400]);
  }
  expect(team.server.output()).not.toContain(accessToken.slice(0, 60));
  expect(team.server.output()).not.toContain(ADMIN.password);
});

describe('a change of keys (U-16)', () => {
  it('old tokens hold while their key is the previous one, and no longer', async () => {
    const { accessToken } = await signIn(team.server, ADMIN.email, ADMIN.password);
    const next = `${JWT_SECRET}0new1key`;
    const both = await startServer({ ...team.env, JWT_SECRET: next, JWT_SECRET_PREVIOUS: JWT_SECRET });
    const fresh = await signIn(both, ADMIN.email, ADMIN.password);
    expect((await person(both, accessToken)('GET /auth/me')).status).toBe(200);
    expect((await person(both, fresh.accessToken)('GET /auth/me')).status).toBe(200);
    await both.stop();
    const onlyNew = await startServer({ ...team.env, JWT_SECRET: next });
    expect((await person(onlyNew, accessToken)('GET /auth/me')).status).toBe(401);
    expect((await person(onlyNew, fresh.accessToken)('GET /auth/me')).status).toBe(200);
    await onlyNew.stop();
  });
});

describe('clocks that differ (U-17)', () => {
  it.each<[number, () => Record<string, unknown>]>([
    [200, () => ({ exp: nowSeconds() - 40 })],
    [200, () => ({ nbf: nowSeconds() + 40, iat: nowSeconds() + 40 })],
    [401, () => ({ exp: nowSeconds() - 90 })],
    [401, () => ({ iat: nowSeconds() + 120 })],
  ])('by a minute are accepted, by more not: %i', async (status, claims) => {
    expect(await statusWith(await forge({ claims: claims() }))).toBe(status);
  });
});

describe('a start with AUTH=on', () => {
  it.each<[string, Record<string, string>]>([
    ['without a key', {}],
    ['with a weak key', { JWT_SECRET: 'changeme'.repeat(6) }],
  ])('%s is refused, with the way to make one', async (_what, env) => {
    const refused = runServer({ AUTH: 'on', PORT: '0', WEB_UI_PORT: '0', ...env });
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain('openssl rand -base64 48');
  });
});
