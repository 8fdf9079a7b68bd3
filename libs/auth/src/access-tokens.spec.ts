import { randomUUID } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { AccessTokens } from './access-tokens';

const secret = 'kG7v2QpXw9RzT4yLm8NcB1sDf6HjKe3UoVi5AtZx';
const other = `${secret}0new1key`;
const tokensOf = (jwtSecret: string, previousJwtSecret?: string): AccessTokens =>
  new AccessTokens(new JwtService({}), { signIn: { jwtSecret, previousJwtSecret, accessTokenSeconds: 900 } as never });
const [userId, signInId] = [randomUUID(), randomUUID()];

test('a token says whose it is, and until when', () => {
  const tokens = tokensOf(secret);
  const { token, expiresInSeconds } = tokens.sign(userId, signInId);
  const claims = tokens.read(token);
  expect(claims).toMatchObject({ userId, signInId });
  expect(Math.abs(claims!.expiresAt - Date.now() - expiresInSeconds * 1_000)).toBeLessThan(2_000);
});

test('one that was known is refused when its time is over, a minute of grace included', () => {
  const tokens = tokensOf(secret);
  const { token } = tokens.sign(userId, signInId);
  expect(tokens.read(token)).toBeDefined();
  expect(tokens.read(token, Date.now() + 900_000 + 50_000)).toBeDefined();
  expect(tokens.read(token, Date.now() + 900_000 + 61_000)).toBeUndefined();
});

test('the previous key still opens, and signs nothing; a forgotten one opens nothing', () => {
  const { token: old } = tokensOf(secret).sign(userId, signInId);
  const both = tokensOf(other, secret);
  expect(both.read(old)).toBeDefined();
  const { token: fresh } = both.sign(userId, signInId);
  expect(tokensOf(secret).read(fresh)).toBeUndefined();
  expect(tokensOf(other).read(fresh)).toBeDefined();
  expect(tokensOf(other).read(old)).toBeUndefined();
});

test.each<[string, object, object]>([
  ['a refresh token’s use', { use: 'refresh' }, {}],
  ['no use', { use: undefined }, {}],
  ['another issuer', {}, { issuer: 'somebody' }],
  ['another audience', {}, { audience: 'others' }],
  ['another algorithm', {}, { algorithm: 'HS512' }],
  ['a user that is no id', { sub: 'root' }, {}],
])('one with %s is refused, although our key signed it', (_, claims, options) => {
  const tokens = tokensOf(secret);
  const { token } = tokens.sign(userId, signInId);
  const { kid } = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string };
  const forged = new JwtService({}).sign(
    { sub: userId, sid: signInId, use: 'access', ...claims },
    {
      secret,
      keyid: kid,
      algorithm: 'HS256',
      issuer: 'mock-server',
      audience: 'mock-server-admin',
      expiresIn: 900,
      ...options,
    },
  );
  expect(tokens.read(forged)).toBeUndefined();
  expect(tokens.read(token)).toBeDefined();
});

test.each(['', 'a', 'a.b.c', 'a.b', '....', `${'x'.repeat(5_000)}.b.c`, '{}.{}.{}', 'bnVsbA.e30.x'])(
  '%j is none',
  text => {
    expect(tokensOf(secret).read(text)).toBeUndefined();
  },
);

test('with AUTH=off nothing is signed and nothing is known', () => {
  const off = new AccessTokens(new JwtService({}), { signIn: undefined });
  expect(() => off.sign(userId, signInId)).toThrow('AUTH=off');
  expect(off.read(tokensOf(secret).sign(userId, signInId).token)).toBeUndefined();
});
