import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Config } from './config';
import { problemsOf } from '../../../test/support/config-problems';
import { readConfig } from './read-config';
import { type SettingName } from './settings';

type Env = Record<string, string>;

const folder = mkdtempSync(join(tmpdir(), 'config-spec-'));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
afterAll(() => rmSync(folder, { recursive: true }));

const pem = { type: 'pkcs8', format: 'pem' } as const;
const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export(pem).toString();
const ellipticKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem).toString();

const oidcOf = (secret: string) => ({
  AUTH: 'on',
  JWT_SECRET: secret,
  OIDC_ISSUER: 'https://id.example.test',
  OIDC_CLIENT_ID: 'mocks',
});
const jwtSecret = 'kG7v2QpXw9RzT4yLm8NcB1sDf6HjKe3UoVi5AtZx';
const big = '9'.repeat(17);
const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318' };
const wholeBad = ['-1', '1.5', 'abc', '1e3', '0x10', ' 5', big];

/** For each setting: values with what they become, and values that are refused. */
const cases: Record<
  SettingName,
  { good: [string, (config: Config) => unknown, unknown][]; bad: string[]; with?: Env }
> = {
  NODE_ENV: {
    good: [
      ['production', c => c.environment, 'production'],
      ['test', c => c.environment, 'test'],
    ],
    bad: ['staging', 'PRODUCTION'],
  },
  HOST: {
    good: [
      ['localhost', c => c.host, 'localhost'],
      ['127.0.0.2', c => c.host, '127.0.0.2'],
      ['::1', c => c.host, '::1'],
    ],
    bad: ['http://127.0.0.1', '127.0.0.1:4000', '127.0.0.999', '127.1', '[::1]', '-x', 'a b', 'a..b'],
  },
  PORT: {
    good: [
      ['0', c => c.port, 0],
      ['8080', c => c.port, 8080],
      ['65535', c => c.port, 65_535],
    ],
    bad: [...wholeBad, '70000'],
  },
  WEB_UI_PORT: { good: [['8081', c => c.webUiPort, 8081]], bad: [...wholeBad, '65536'] },
  ADMIN_ON_TRAFFIC_PORT: {
    good: [
      ['false', c => c.adminOnTrafficPort, false],
      ['true', c => c.adminOnTrafficPort, true],
    ],
    bad: ['1', 'yes', 'TRUE'],
  },
  WORKSPACE_DOMAIN: {
    good: [['Mock.Example.test', c => c.workspaceDomain, 'mock.example.test']],
    bad: ['*.example.test', 'http://x', 'a..b', '.x', '10.0.0.1', 'x:80'],
  },
  AUTH: {
    good: [
      ['off', c => c.signIn, undefined],
      ['on', c => c.signIn?.jwtSecret, jwtSecret],
    ],
    bad: ['true'],
    with: { JWT_SECRET: jwtSecret },
  },
  JWT_SECRET: {
    good: [[jwtSecret, c => c.signIn?.jwtSecret, jwtSecret]],
    bad: [
      'short',
      'a'.repeat(64),
      'please-changeme-before-production-0123456789',
      'My very long password 0123456789 abcdefg',
    ],
    with: { AUTH: 'on' },
  },
  JWT_SECRET_PREVIOUS: {
    good: [[`${jwtSecret}x`, c => c.signIn?.previousJwtSecret, `${jwtSecret}x`]],
    bad: ['short', jwtSecret],
    with: { AUTH: 'on', JWT_SECRET: jwtSecret },
  },
  ADMIN_EMAIL: {
    good: [['Ada@Example.test', c => c.signIn?.firstAdmin?.email, 'ada@example.test']],
    bad: ['ada', 'a b@c', '@c', `${'a'.repeat(300)}@c`],
    with: { AUTH: 'on', JWT_SECRET: jwtSecret, ADMIN_PASSWORD: 'correct horse battery' },
  },
  ADMIN_PASSWORD: {
    good: [['correct horse battery', c => c.signIn?.firstAdmin?.password, 'correct horse battery']],
    bad: ['short', 'x'.repeat(257)],
    with: { AUTH: 'on', JWT_SECRET: jwtSecret, ADMIN_EMAIL: 'ada@example.test' },
  },
  PUBLIC_URL: {
    good: [['https://mocks.example.test/', c => c.publicUrl, 'https://mocks.example.test']],
    bad: ['mocks.example.test', 'https://u:p@x'],
  },
  ALLOWED_HOSTS: {
    good: [['Mocks.example.test, b', c => c.allowedHosts, ['mocks.example.test', 'b']]],
    bad: [',', 'a:80', 'http://a', '*'],
  },
  TRUSTED_PROXIES: {
    good: [['10.0.0.0/8, ::1', c => c.trustedProxies, ['10.0.0.0/8', '::1']]],
    bad: [',', 'proxy.example.test', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/x'],
  },
  ACCESS_TOKEN_MINUTES: {
    good: [['1', c => c.signIn?.accessTokenSeconds, 60]],
    bad: [...wholeBad, '0', '1441'],
    with: { AUTH: 'on', JWT_SECRET: jwtSecret },
  },
  REFRESH_TOKEN_DAYS: {
    good: [['1', c => c.signIn?.refreshTokenSeconds, 86_400]],
    bad: [...wholeBad, '0', '366'],
    with: { AUTH: 'on', JWT_SECRET: jwtSecret },
  },
  OIDC_ISSUER: {
    good: [
      ['https://id.example.test', c => c.signIn?.oidc?.issuer, 'https://id.example.test'],
      ['http://127.0.0.1:9000/x', c => c.signIn?.oidc?.issuer, 'http://127.0.0.1:9000/x'],
    ],
    bad: ['id.example.test', 'http://id.example.test'],
    with: { AUTH: 'on', JWT_SECRET: jwtSecret, OIDC_CLIENT_ID: 'mocks' },
  },
  OIDC_CLIENT_ID: {
    good: [['mocks', c => c.signIn?.oidc?.clientId, 'mocks']],
    bad: [' '],
    with: { AUTH: 'on', JWT_SECRET: jwtSecret, OIDC_ISSUER: 'https://id.example.test' },
  },
  OIDC_CLIENT_SECRET: { good: [['x', c => c.signIn?.oidc?.clientSecret, 'x']], bad: [' '], with: oidcOf(jwtSecret) },
  OIDC_SCOPES: {
    good: [['openid groups', c => c.signIn?.oidc?.scopes, 'openid groups']],
    bad: [' '],
    with: oidcOf(jwtSecret),
  },
  OIDC_GROUPS_CLAIM: {
    good: [['roles', c => c.signIn?.oidc?.groupsClaim, 'roles']],
    bad: [' '],
    with: oidcOf(jwtSecret),
  },
  OIDC_GROUP_ROLES: {
    good: [
      [
        'ops=admin, CN=Shop,OU=x=shop:editor'.replace(',OU', ';OU'),
        c => c.signIn?.oidc?.groupRoles,
        [
          { group: 'ops', isAdmin: true },
          { group: 'CN=Shop;OU=x', isAdmin: false, workspace: 'shop', role: 'editor' },
        ],
      ],
    ],
    bad: ['ops', 'ops=root', 'a=shop:admin', 'a=Shop:editor', '=admin', ','],
    with: oidcOf(jwtSecret),
  },
  ADMIN_REQUESTS_PER_SECOND: {
    good: [['0', c => c.signIn?.requestsPerSecond, 0]],
    bad: wholeBad,
    with: { AUTH: 'on', JWT_SECRET: jwtSecret },
  },
  ALLOW_UNAUTHENTICATED: { good: [['true', c => c.host, '0.0.0.0']], bad: ['false', '1'], with: { HOST: '0.0.0.0' } },
  AUDIT_RETENTION_DAYS: { good: [['0', c => c.auditRetentionDays, 0]], bad: wholeBad },
  HISTORY_RETENTION_DAYS: { good: [['0', c => c.history.retentionDays, 0]], bad: wholeBad },
  HISTORY_MAX_REVISIONS: { good: [['1', c => c.history.maxRevisions, 1]], bad: [...wholeBad, '0'] },
  HISTORY_MAX_BYTES: { good: [['0', c => c.history.maxBytes, 0]], bad: wholeBad },
  WORKSPACE_GRACE_DAYS: { good: [['0', c => c.workspaceGraceDays, 0]], bad: [...wholeBad, '366'] },
  DATABASE_URL: {
    good: [
      ['sqlite:./x/y.db', c => c.database, { kind: 'sqlite', file: resolve('x/y.db') }],
      ['sqlite:///var/y.db', c => c.database, { kind: 'sqlite', file: '/var/y.db' }],
      ['postgres://u:p@db/x', c => c.database, { kind: 'postgres', url: 'postgres://u:p@db/x', poolSize: 10 }],
      ['postgresql:///x', c => c.database, { kind: 'postgres', url: 'postgresql:///x', poolSize: 10 }],
    ],
    bad: ['mysql://u:p@db/x', 'sqlite:', 'sqlite::memory:', 'sqlite:./folder/', 'x.db', 'postgresql://u:p/w@db/x'],
  },
  DATABASE_POOL_SIZE: {
    good: [['5', c => c.database.kind === 'postgres' && c.database.poolSize, 5]],
    bad: [...wholeBad, '0', '101'],
    with: { DATABASE_URL: 'postgresql://db/x' },
  },
  REDIS_URL: {
    good: [
      ['redis://:p@r:1/2', c => c.redisUrl, 'redis://:p@r:1/2'],
      ['rediss://r', c => c.redisUrl, 'rediss://r'],
    ],
    bad: ['r:6379', 'http://r', 'redis://', 'redis://:p/q@r'],
  },
  REDIS_HOST: {
    good: [
      ['r', c => c.redisUrl, 'redis://r:6379'],
      ['::1', c => c.redisUrl, 'redis://[::1]:6379'],
    ],
    bad: ['redis://r', 'r:6379'],
  },
  REDIS_PORT: {
    good: [
      ['6380', c => c.redisUrl, 'redis://r:6380'],
      ['tcp://10.0.0.1:6379', c => c.redisUrl, 'redis://r:6379'],
    ],
    bad: [...wholeBad, '0', '65536'],
    with: { REDIS_HOST: 'r' },
  },
  REDIS_PASSWORD: {
    good: [['p@/:%', c => c.redisUrl, 'redis://:p%40%2F%3A%25@r:6379']],
    bad: ['  '],
    with: { REDIS_HOST: 'r' },
  },
  DATA_DIR: { good: [['/var/lib/x', c => c.dataDir, '/var/lib/x']], bad: [' '] },
  BACKEND_URL: {
    good: [
      ['https://api.example.test/v1', c => c.backendUrl, 'https://api.example.test/v1'],
      ['http://[::1]:8080', c => c.backendUrl, 'http://[::1]:8080'],
    ],
    bad: [
      'api.example.test',
      'ftp://x',
      'http://u:p@x',
      'http://u@x',
      'http://x?a=1',
      'http://x/#y',
      'http://x y',
      'http:\\\\x',
    ],
  },
  MAPPINGS_DIR: {
    good: [[folder, c => c.mappingsDir, folder]],
    bad: [join(folder, 'missing'), join(folder, 'a\0b'), file('a-file', 'x'), join(folder, 'a-file', 'below')],
  },
  RESPONSE_TEMPLATING: { good: [['global', c => c.templating, 'global']], bad: ['on', 'true', ''.padEnd(3)] },
  RESPONSE_GZIP: { good: [['false', c => c.gzipsReplies, false]], bad: ['yes', '1'] },
  ALLOW_BACKTRACKING_REGEX: { good: [['true', c => c.allowBacktrackingRegex, true]], bad: ['yes', '1'] },
  RANDOM_SEED: { good: [['7', c => c.randomSeed, 7]], bad: [...wholeBad, '4294967296'] },
  TEMPLATE_JWT_SECRET: { good: [['s', c => c.templateTokens.secret, 's']], bad: [' '] },
  TEMPLATE_JWT_PRIVATE_KEY: {
    good: [[rsaKey, c => c.templateTokens.privateKey, rsaKey]],
    bad: ['x', '-----BEGIN PRIVATE KEY-----', ellipticKey],
  },
  OUTBOUND_ALLOW: {
    good: [['localhost:8080, 10.0.0.0/8,', c => c.outboundAllow, ['localhost:8080', '10.0.0.0/8']]],
    bad: [' '],
  },
  PROXY_CONNECT_TIMEOUT_MS: { good: [['1', c => c.proxy.connectTimeoutMs, 1]], bad: [...wholeBad, '0'] },
  PROXY_RESPONSE_TIMEOUT_MS: { good: [['2', c => c.proxy.responseTimeoutMs, 2]], bad: [...wholeBad, '0'] },
  BACKEND_TLS_DIR: { good: [['/etc/x', c => c.proxy.tlsFolder, '/etc/x']], bad: [' '] },
  PROXY_MAX_CONNECTIONS: { good: [['3', c => c.proxy.maxConnections, 3]], bad: [...wholeBad, '0'] },
  LOG_LEVEL: { good: [['debug', c => c.log.level, 'debug']], bad: ['x', 'WARN', 'verbose'] },
  LOG_DIR: { good: [['logs', c => c.log.dir, resolve('logs')]], bad: [' '] },
  ELASTICSEARCH_URL: {
    good: [
      ['https://u:p%40@es.example.test:9200/x', c => c.log.elasticsearchUrl, 'https://u:p%40@es.example.test:9200/x'],
    ],
    bad: ['es:9200', 'ftp://es', 'http://es?x=1'],
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    good: [['http://otel:4318/', c => c.tracing?.url, 'http://otel:4318/v1/traces']],
    bad: ['otel:4318', 'grpc://otel:4317', 'http://u:p@otel:4318'],
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    good: [['X-Key=a%2Cb, y = z', c => c.tracing?.headers, { 'x-key': 'a,b', y: 'z' }]],
    bad: ['no pair', '=x', 'a=%zz', 'a b=c'],
    with: otlp,
  },
  OTEL_SERVICE_NAME: { good: [['mocks', c => c.tracing?.serviceName, 'mocks']], bad: [' '], with: otlp },
  OTEL_TRACES_SAMPLER: { good: [['always_off', c => c.tracing?.sampler, 'always_off']], bad: ['always'], with: otlp },
  OTEL_TRACES_SAMPLER_ARG: { good: [['0.25', c => c.tracing?.share, 0.25]], bad: ['2', '-0.1', '10%'], with: otlp },
  CLAUDE_API_KEY: { good: [['key', c => c.ai.apiKey, 'key']], bad: [' '] },
  CLAUDE_MODEL: { good: [['claude-sonnet-5-5', c => c.ai.model, 'claude-sonnet-5-5']], bad: ['a model', 'a"b'] },
  ANTHROPIC_BASE_URL: {
    good: [['https://gateway.example.test/ai/', c => c.ai.baseUrl, 'https://gateway.example.test/ai']],
    bad: ['gateway.example.test', 'https://user:pw@gateway.example.test', 'https://gateway.example.test?x=1'],
  },
  ANTHROPIC_LOG: { good: [['debug', c => c.environment, 'development']], bad: ['verbose'] },
  AI_TIMEOUT_MS: { good: [['100', c => c.ai.timeoutMs, 100]], bad: [...wholeBad, '0'] },
  AI_DAILY_TOKENS: { good: [['0', c => c.ai.dailyTokens, 0]], bad: wholeBad },
  AI_WORKSPACE_DAILY_TOKENS: { good: [['7', c => c.ai.workspaceDailyTokens, 7]], bad: wholeBad },
  LOG_FORMAT: {
    good: [
      ['json', c => c.log.format, 'json'],
      ['pretty', c => c.log.format, 'pretty'],
    ],
    bad: ['text'],
  },
  MAX_BODY_BYTES: { good: [['0', c => c.limits.maxBodyBytes, 0]], bad: [...wholeBad, '1073741825'] },
  MAX_HEADER_BYTES: { good: [['1024', c => c.limits.maxHeaderBytes, 1024]], bad: [...wholeBad, '1023'] },
  MAX_HEADERS: { good: [['10', c => c.limits.maxHeaders, 10]], bad: [...wholeBad, '2001'] },
  MAX_URL_BYTES: { good: [['256', c => c.limits.maxUrlBytes, 256]], bad: [...wholeBad, '255'] },
  SHED_LAG_MS: { good: [['0', c => c.limits.shedLagMs, 0]], bad: wholeBad },
  MAX_CONNECTIONS: { good: [['1', c => c.limits.maxConnections, 1]], bad: [...wholeBad, '0'] },
  HEADERS_TIMEOUT_MS: { good: [['100', c => c.limits.headersTimeoutMs, 100]], bad: [...wholeBad, '99'] },
  REQUEST_TIMEOUT_MS: { good: [['101', c => c.limits.requestTimeoutMs, 101]], bad: [...wholeBad, '99'] },
  KEEP_ALIVE_TIMEOUT_MS: { good: [['0', c => c.limits.keepAliveTimeoutMs, 0]], bad: wholeBad },
  MAX_ADMIN_BODY_BYTES: { good: [['1024', c => c.limits.maxAdminBodyBytes, 1024]], bad: [...wholeBad, '1'] },
  MAX_DELAY_MS: { good: [['0', c => c.limits.maxDelayMs, 0]], bad: [...wholeBad, '3600001'] },
  MAX_EVENT_STREAMS: { good: [['0', c => c.limits.maxEventStreams, 0]], bad: [...wholeBad, '1000001'] },
  MAX_EVENT_STREAM_MS: { good: [['1', c => c.limits.maxEventStreamMs, 1]], bad: [...wholeBad, '0'] },
  JOURNAL_HIDDEN_HEADERS: {
    good: [['Authorization, X-Api-Key', c => c.journal.hiddenHeaders, ['authorization', 'x-api-key']]],
    bad: [',', 'a b', 'Authorization: x'],
  },
  JOURNAL_MAX_ENTRIES: { good: [['0', c => c.journal.maxEntries, 0]], bad: wholeBad },
  JOURNAL_MAX_BYTES: { good: [['0', c => c.journal.maxBytes, 0]], bad: wholeBad },
  JOURNAL_MAX_BODY_BYTES: { good: [['0', c => c.journal.maxBodyBytes, 0]], bad: wholeBad },
  STATE_MAX_KEYS: { good: [['0', c => c.state.maxValues, 0]], bad: wholeBad },
  STATE_MAX_ITEMS: { good: [['0', c => c.state.maxItems, 0]], bad: wholeBad },
  STATE_MAX_INSTANCES: { good: [['7', c => c.state.maxInstances, 7]], bad: [...wholeBad, '0'] },
  STATE_TTL_DAYS: { good: [['2', c => c.state.sharedForMs, 172_800_000]], bad: wholeBad },
  STATE_MAX_BYTES: { good: [['0', c => c.state.maxBytes, 0]], bad: wholeBad },
  MAX_SESSIONS: { good: [['7', c => c.sessions.maxPerWorkspace, 7]], bad: [...wholeBad, '100001'] },
  MAX_SESSION_MOCKS: { good: [['7', c => c.sessions.maxMocks, 7]], bad: [...wholeBad, '1000001'] },
  SESSION_TTL_SECONDS: { good: [['7', c => c.sessions.ttlMs, 7_000]], bad: [...wholeBad, '0'] },
  RECORDING_MAX_ENTRIES: { good: [['7', c => c.recording.maxEntries, 7]], bad: [...wholeBad, '0'] },
  RECORDING_MAX_BYTES: { good: [['1024', c => c.recording.maxBytes, 1024]], bad: [...wholeBad, '1023'] },
  RECORDING_MAX_BODY_BYTES: { good: [['0', c => c.recording.maxBodyBytes, 0]], bad: [...wholeBad, '10485761'] },
  WEBHOOK_TIMEOUT_MS: { good: [['7', c => c.webhooks.timeoutMs, 7]], bad: [...wholeBad, '0'] },
  WEBHOOK_MAX_RUNNING: { good: [['7', c => c.webhooks.maxRunning, 7]], bad: [...wholeBad, '0'] },
  WEBHOOK_MAX_WAITING: { good: [['0', c => c.webhooks.maxWaiting, 0]], bad: wholeBad },
  ALLOW_REMOTE_SHUTDOWN: { good: [['true', c => c.allowRemoteShutdown, true]], bad: ['maybe'] },
  SHUTDOWN_DELAY_MS: { good: [['7', c => c.shutdownDelayMs, 7]], bad: [...wholeBad, '600001'] },
};

describe.each(Object.entries(cases))('%s', (name, { good, bad, with: others = {} }) => {
  it.each(good)('may be %j', (value, read, expected) => {
    expect(read(readConfig({ ...others, [name]: value }))).toEqual(expected);
  });

  it.each(bad)('may not be %j, which is the only thing complained about', value => {
    const problems = problemsOf({ ...others, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
  });
});

describe('a secret in a file', () => {
  it('is trimmed', () => {
    const env = {
      DATABASE_URL_FILE: file('db', '\n  postgresql://u:p@db/x \r\n'),
      REDIS_URL_FILE: file('r', 'redis://r\n'),
    };
    expect(readConfig(env)).toMatchObject({ database: { url: 'postgresql://u:p@db/x' }, redisUrl: 'redis://r' });
    expect(readConfig({ REDIS_HOST: 'r', REDIS_PASSWORD_FILE: file('p', 's\n') }).redisUrl).toBe('redis://:s@r:6379');
  });

  it.each<[string, () => Env, string]>([
    [
      'is missing',
      () => ({ DATABASE_URL_FILE: join(folder, 'none') }),
      'DATABASE_URL_FILE names a file that does not exist',
    ],
    ['is empty', () => ({ DATABASE_URL_FILE: file('empty', ' \n') }), 'DATABASE_URL_FILE names a file that is empty'],
    ['is a folder', () => ({ REDIS_URL_FILE: folder }), 'REDIS_URL_FILE names a file that is a folder'],
    [
      'stands beside the variable',
      () => ({ DATABASE_URL: 'sqlite:x', DATABASE_URL_FILE: folder }),
      'both set: keep one',
    ],
    ['holds nonsense', () => ({ DATABASE_URL_FILE: file('bad', 'hunter2') }), 'DATABASE_URL must be sqlite:<file> or'],
  ])('says so when it %s', (_what, env, sentence) => {
    expect(problemsOf(env())).toEqual([expect.stringContaining(sentence)]);
  });

  it('says so when this user may not read it', () => {
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    const path = file('locked/secret', 'x');
    chmodSync(path, 0o000);
    // Root may read everything; a path through a file gives it an unreadable one too.
    const unreadable = process.getuid?.() === 0 ? join(path, 'below') : path;
    expect(problemsOf({ DATABASE_URL_FILE: unreadable })).toEqual([
      expect.stringMatching(
        /DATABASE_URL_FILE names a file that (this user may not read|cannot be read \(ENOTDIR\)): /,
      ),
    ]);
  });
});
