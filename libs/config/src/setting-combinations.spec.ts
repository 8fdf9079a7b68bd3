import { ConfigError } from './config-error';
import { readConfig } from './read-config';

type Env = Record<string, string>;

const problemsOf = (env: Env): readonly string[] => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

const jwtSecret = 'kG7v2QpXw9RzT4yLm8NcB1sDf6HjKe3UoVi5AtZx';

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
