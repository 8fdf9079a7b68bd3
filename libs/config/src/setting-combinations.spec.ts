import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config-error';
import { problemsOf } from '../../../test/support/config-problems';
import { readConfig } from './read-config';

type Env = Record<string, string>;

const jwtSecret = 'kG7v2QpXw9RzT4yLm8NcB1sDf6HjKe3UoVi5AtZx';

const folder = mkdtempSync(join(tmpdir(), 'setting-combinations-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('defaults that depend on another setting', () => {
  const format = (env: Env, isTerminal: boolean): string => readConfig(env, { isTerminal }).log.format;

  it('logs are for people on a terminal that is not production, else JSON', () => {
    expect(format({}, true)).toBe('pretty');
    expect(format({}, false)).toBe('json');
    expect(format({ NODE_ENV: 'production' }, true)).toBe('json');
  });

  it('production waits for load balancers before it ends', () => {
    expect(readConfig({ NODE_ENV: 'production' }).shutdownDelayMs).toBe(5000);
  });
});

describe('settings that contradict each other', () => {
  it.each<[string, Env, RegExp]>([
    ['no sign-in on an address that others reach', { HOST: '0.0.0.0' }, /HOST=0\.0\.0\.0 .*ALLOW_UNAUTHENTICATED=true/],
    ['no sign-in on a name that may be anywhere', { HOST: 'localhost.example.test' }, /ALLOW_UNAUTHENTICATED/],
    ['sign-in without a key', { AUTH: 'on' }, /AUTH=on needs JWT_SECRET.*openssl rand -base64 48/],
    [
      'half of OpenID Connect',
      { AUTH: 'on', JWT_SECRET: jwtSecret, OIDC_ISSUER: 'https://id.test' },
      /OIDC_ISSUER and OIDC_CLIENT_ID: set both/,
    ],
    [
      'a log of the AI with bodies in it, in production',
      { NODE_ENV: 'production', ANTHROPIC_LOG: 'debug' },
      /ANTHROPIC_LOG=debug is refused in production/,
    ],
    ['half a first admin', { ADMIN_EMAIL: 'a@b.test' }, /ADMIN_EMAIL and ADMIN_PASSWORD .*both, or none/],
    ['one port for both', { PORT: '5000', WEB_UI_PORT: '5000' }, /PORT and WEB_UI_PORT are both 5000/],
    ['a port that is the default of the other', { PORT: '4001' }, /both 4001/],
    ['two ways to say where Redis is', { REDIS_URL: 'redis://r', REDIS_HOST: 'r' }, /keep one/],
    ['a password for no Redis', { REDIS_PASSWORD: 'hunter2' }, /no effect without REDIS_HOST/],
  ])('%s', (_what, env, sentence) => {
    expect(problemsOf(env)).toEqual([expect.stringMatching(sentence)]);
  });

  it('a host that other machines reach answers under any name, unless names are given', () => {
    const open = { HOST: '0.0.0.0', ALLOW_UNAUTHENTICATED: 'true' };
    expect(readConfig(open).allowedHosts).toBeUndefined();
    expect(
      readConfig({ ...open, ALLOWED_HOSTS: 'a', WORKSPACE_DOMAIN: 'd', PUBLIC_URL: 'https://p:1/x' }).allowedHosts,
    ).toEqual(['a', 'd', '*.d', 'p']);
  });

  it('any free port may be taken for both', () => {
    expect(problemsOf({ PORT: '0', WEB_UI_PORT: '0' })).toEqual([]);
  });
});

describe('several settings that are wrong at once', () => {
  it('are all named in one message', () => {
    const bad = {
      PORT: 'abc',
      WEB_UI_PORT: '70000',
      LOG_LEVEL: 'x',
      DATABASE_POOL_SIZE: '-1',
      AUTH: 'on',
      REDIS_URL: 'r',
    };
    expect(() => readConfig(bad)).toThrow(ConfigError);
    expect(problemsOf(bad)).toHaveLength(6);
    for (const name of Object.keys(bad)) expect(problemsOf(bad).join('\n')).toContain(name);
    expect(new ConfigError(problemsOf(bad)).message).toMatch(
      /^6 settings are not usable:\n {2}PORT must be a whole number from 0 to 65535, not 'abc'\.\n[\s\S]*--help$/,
    );
  });

  it('show the value of no secret, wherever it was put', () => {
    const secret = 'hunter2';
    const env = {
      DATABASE_URL: `mysql://joe:${secret}@db/x`,
      REDIS_URL: `http://:${secret}@r`,
      REDIS_PASSWORD: secret,
      JWT_SECRET: secret,
      BACKEND_URL: `https://joe:${secret}@api.example.test`,
      WORKSPACE_DOMAIN: `https://${secret}`,
      PORT: `postgresql://joe:${secret}@db/x`,
      HOST: `joe:${secret}@db`,
    };
    expect(problemsOf(env)).toHaveLength(8);
    expect(new ConfigError(problemsOf(env)).message).not.toContain(secret);
    const holder = join(folder, 'secret');
    writeFileSync(holder, secret);
    const fromFile = problemsOf({ DATABASE_URL_FILE: holder, REDIS_URL_FILE: holder });
    expect(fromFile).toHaveLength(2);
    expect(fromFile.join()).not.toContain(secret);
  });
});
