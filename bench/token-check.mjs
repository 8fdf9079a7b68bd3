// What it costs to know who sent a token, once it is known: `node bench/token-check.mjs`, after a build.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
require('reflect-metadata');
const { JwtService } = require('@nestjs/jwt');
const { AccessTokens } = require('../dist/libs/auth/src/access-tokens.js');
const { Callers } = require('../dist/libs/auth/src/callers.js');
const { API_TOKEN_PREFIX, newSecret } = require('../dist/libs/auth/src/secrets.js');

const signIn = { jwtSecret: 'kG7v2QpXw9RzT4yLm8NcB1sDf6HjKe3UoVi5AtZx', accessTokenSeconds: 900 };
const id = '6b2f4c1e-0000-4000-8000-000000000000';
let queries = 0;
/** Answers as a database that has the rows; each answer is counted. */
const database = {
  read: async work => {
    queries++;
    return work({
      findOneBy: async (_entity, where) =>
        'hash' in where
          ? { id, name: 'ci', workspaceId: id, role: 'editor', expiresAt: null }
          : { id, email: 'ada@example.test', name: 'Ada', isAdmin: false, isDisabled: false },
      existsBy: async () => true,
      findBy: async () => [{ workspaceId: id, role: 'editor' }],
    });
  },
};
const accessTokens = new AccessTokens(new JwtService({}), { signIn });
const callers = new Callers(database, accessTokens, { note() {} }, { onChange() {} });

for (const [name, token] of [
  ['access token', accessTokens.sign(id, id).token],
  ['API token', `${API_TOKEN_PREFIX}${newSecret()}`],
]) {
  await callers.identify(token);
  const known = queries;
  const checks = 200_000;
  for (let n = 0; n < 20_000; n++) callers.identify(token);
  const startedAt = performance.now();
  for (let n = 0; n < checks; n++) callers.identify(token);
  const microseconds = ((performance.now() - startedAt) * 1_000) / checks;
  console.log(`${name}: ${microseconds.toFixed(2)} us a check, ${queries - known} queries in ${checks} checks`);
}
