import { type z } from 'zod';
import {
  databaseUrl,
  domain,
  email,
  flag,
  groupRoles,
  headerPairs,
  host,
  headerList,
  hostList,
  httpUrl,
  modelName,
  networkList,
  oneOf,
  password,
  redisUrl,
  rsaPrivateKey,
  serviceUrl,
  signingKey,
  share,
  text,
  whole,
} from './rules';

/** One setting: its environment variable is the key in {@link settings}. */
export interface Setting {
  readonly group:
    'Addresses' | 'Access' | 'Storage' | 'Mocks and backends' | 'AI' | 'Logging' | 'Tracing' | 'Limits' | 'Shutdown';
  /** Reads the text; its message says what is wanted, and never repeats the value. */
  readonly rule: z.ZodType<unknown, string>;
  /** What holds when the variable is not set, in the words of the variable itself. */
  readonly default?: string;
  /** For the documentation, where the default depends on another setting; `readConfig` decides. */
  readonly otherwise?: string;
  readonly purpose: string;
  /** May also be given as a file, by `NAME_FILE`, and is never printed. */
  readonly isSecret?: true;
}

/** Every setting, a line each. The only list: help, documentation, checks and defaults are made from it. */
// prettier-ignore
export const settings = {
  NODE_ENV: { group: 'Addresses', rule: oneOf('development', 'production', 'test'), purpose: 'Chooses defaults and nothing else: production means JSON logs and a slow shutdown.' },
  HOST: { group: 'Addresses', rule: host, default: '127.0.0.1', purpose: 'The address that both ports listen on.' },
  PORT: { group: 'Addresses', rule: whole(0, 65_535), default: '4000', purpose: 'Traffic: what your application talks to. 0 takes any free port.' },
  WEB_UI_PORT: { group: 'Addresses', rule: whole(0, 65_535), default: '4001', purpose: 'The console: web page, admin API and its documentation, health, metrics. 0 takes any free port.' },
  ADMIN_ON_TRAFFIC_PORT: { group: 'Addresses', rule: flag, otherwise: '`true` with `AUTH=off`, else `false`', purpose: 'Whether /__admin, /health and /metrics also answer on PORT, as WireMock clients expect.' },
  WORKSPACE_DOMAIN: { group: 'Addresses', rule: domain, purpose: 'With mock.example.test, the host name team-a.mock.example.test addresses workspace team-a.' },

  AUTH: { group: 'Access', rule: oneOf('on', 'off'), default: 'off', purpose: 'Sign-in, roles, API tokens and audit. on needs JWT_SECRET.' },
  ALLOW_UNAUTHENTICATED: { group: 'Access', rule: flag, default: 'false', purpose: 'true allows AUTH=off on a HOST that other machines reach: whoever reaches it may change mocks.' },
  JWT_SECRET: { group: 'Access', rule: signingKey, isSecret: true, purpose: 'With AUTH=on: signs access tokens. The same on every replica; make one with: openssl rand -base64 48.' },
  JWT_SECRET_PREVIOUS: { group: 'Access', rule: signingKey, isSecret: true, purpose: 'The JWT_SECRET before this one, for a change of keys: what it signed stays valid until it expires.' },
  ADMIN_EMAIL: { group: 'Access', rule: email, purpose: 'With ADMIN_PASSWORD: the first admin, made when there is no user yet. Without them the log shows a one-time link.' },
  ADMIN_PASSWORD: { group: 'Access', rule: password, isSecret: true, purpose: 'With ADMIN_EMAIL. Change it after the first sign-in: it is not read again.' },
  PUBLIC_URL: { group: 'Access', rule: httpUrl, purpose: 'Where browsers reach the console, such as https://mocks.example.test: for links in invitations and for OpenID Connect.' },
  ALLOWED_HOSTS: { group: 'Access', rule: hostList, otherwise: 'with a loopback `HOST`: localhost and `WORKSPACE_DOMAIN`, else any', purpose: 'Host names, comma-separated, under which admin API and console answer; addresses always do. Stops DNS rebinding.' },
  TRUSTED_PROXIES: { group: 'Access', rule: networkList, purpose: 'Addresses and CIDR ranges, comma-separated, of proxies whose X-Forwarded-For tells the address of the client.' },
  ACCESS_TOKEN_MINUTES: { group: 'Access', rule: whole(1, 1_440), default: '15', purpose: 'How long an access token is valid.' },
  REFRESH_TOKEN_DAYS: { group: 'Access', rule: whole(1, 365), default: '30', purpose: 'How long a sign-in lasts without being used.' },
  OIDC_ISSUER: { group: 'Access', rule: httpUrl, purpose: 'With AUTH=on: the issuer of an OpenID provider, whose users may sign in. Its discovery document is read from there.' },
  OIDC_CLIENT_ID: { group: 'Access', rule: text, purpose: 'With OIDC_ISSUER: who this server is to the provider. The redirect URI is PUBLIC_URL/__admin/auth/oidc/callback.' },
  OIDC_CLIENT_SECRET: { group: 'Access', rule: text, isSecret: true, purpose: 'With OIDC_ISSUER, unless the client is a public one.' },
  OIDC_SCOPES: { group: 'Access', rule: text, default: 'openid email profile', purpose: 'What is asked of the provider, divided by spaces; many want one more for groups.' },
  OIDC_GROUPS_CLAIM: { group: 'Access', rule: text, default: 'groups', purpose: 'The claim, of ID token or userinfo, that lists the groups of a user.' },
  OIDC_GROUP_ROLES: { group: 'Access', rule: groupRoles, purpose: 'What groups may do: ops=admin, shop-devs=shop:editor, shop-leads=shop:owner. Applied at each sign-in.' },
  ADMIN_REQUESTS_PER_SECOND: { group: 'Access', rule: whole(0, 1_000_000), default: '200', purpose: 'With AUTH=on: admin requests that one user or API token may make on a replica; more is answered 429. 0 means any.' },
  AUDIT_RETENTION_DAYS: { group: 'Access', rule: whole(0, 36_500), default: '365', purpose: 'How long audit events are kept; 0 keeps them for ever.' },
  JOURNAL_HIDDEN_HEADERS: { group: 'Access', rule: headerList, purpose: 'Names of headers, comma-separated, whose values the journal does not keep, neither in memory nor in Redis: it shows *** in their place.' },

  HISTORY_RETENTION_DAYS: { group: 'Storage', rule: whole(0, 36_500), default: '90', purpose: 'How far back one can go: what was replaced or removed before is forgotten. 0 keeps it as long as the two below allow.' },
  HISTORY_MAX_REVISIONS: { group: 'Storage', rule: whole(1, 10_000_000), default: '10000', purpose: 'Changes of a workspace that its history keeps; the oldest are forgotten first.' },
  HISTORY_MAX_BYTES: { group: 'Storage', rule: whole(0, 1_099_511_627_776), default: '268435456', purpose: 'What the history of a workspace may keep of mocks that were replaced or removed; the oldest is forgotten first.' },
  WORKSPACE_GRACE_DAYS: { group: 'Storage', rule: whole(0, 365), default: '7', purpose: 'How long a deleted workspace can be restored; 0 removes it at once.' },
  DATABASE_URL: { group: 'Storage', rule: databaseUrl, default: 'sqlite:./data/mock-server.db', isSecret: true, purpose: 'sqlite:<file>, or postgresql://user:password@host:5432/name.' },
  DATABASE_POOL_SIZE: { group: 'Storage', rule: whole(1, 100), default: '10', purpose: 'Connections to PostgreSQL at most, a replica.' },
  REDIS_URL: { group: 'Storage', rule: redisUrl, isSecret: true, purpose: 'What replicas share: state of mocks, journal, cache. redis://:password@host:6379/0 or rediss://…; without it each replica has its own, in memory.' },
  REDIS_HOST: { group: 'Storage', rule: host, purpose: 'Instead of REDIS_URL: host name or address.' },
  REDIS_PORT: { group: 'Storage', rule: whole(1, 65_535), default: '6379', purpose: 'With REDIS_HOST.' },
  REDIS_PASSWORD: { group: 'Storage', rule: text, isSecret: true, purpose: 'With REDIS_HOST.' },
  DATA_DIR: { group: 'Storage', rule: text, default: './data', purpose: 'Where the last-known-good catalog is kept, with which a replica starts while the database is down.' },

  BACKEND_URL: { group: 'Mocks and backends', rule: httpUrl, purpose: 'The real API: workspace default passes on to it what no mock answers. May have a base path.' },
  MAPPINGS_DIR: { group: 'Mocks and backends', rule: text, purpose: 'A WireMock folder with mappings/ and __files/: loaded into workspace default at start and on change.' },
  RESPONSE_TEMPLATING: { group: 'Mocks and backends', rule: oneOf('local', 'global', 'off'), default: 'local', purpose: 'Which responses are templates: those with transformers: ["response-template"], all, or none.' },
  RESPONSE_GZIP: { group: 'Mocks and backends', rule: flag, default: 'true', purpose: 'Whether replies of mocks go out in gzip to clients that ask for it.' },
  ALLOW_BACKTRACKING_REGEX: { group: 'Mocks and backends', rule: flag, default: 'false', purpose: 'true takes regular expressions with lookaround and backreferences; a match that takes more than 100000 steps fails.' },
  RANDOM_SEED: { group: 'Mocks and backends', rule: whole(0, 4_294_967_295), purpose: 'Makes what templates and mocks with a weight draw the same sequence at every start.' },
  TEMPLATE_JWT_SECRET: { group: 'Mocks and backends', rule: text, isSecret: true, otherwise: 'random, new at every start', purpose: 'What the template helper jwt signs HS256 tokens with.' },
  TEMPLATE_JWT_PRIVATE_KEY: { group: 'Mocks and backends', rule: rsaPrivateKey, isSecret: true, otherwise: 'random, new at every start', purpose: 'PEM of the RSA key that jwt signs RS256 tokens with; jwks shows its public half.' },
  OUTBOUND_ALLOW: { group: 'Mocks and backends', rule: text, purpose: 'Host names, host:port pairs and CIDR ranges, comma-separated, that calls to backends may reach although they are private.' },
  PROXY_CONNECT_TIMEOUT_MS: { group: 'Mocks and backends', rule: whole(1, 600_000), default: '5000', purpose: 'How long a backend may take to accept a connection; then 502.' },
  PROXY_RESPONSE_TIMEOUT_MS: { group: 'Mocks and backends', rule: whole(1, 3_600_000), default: '30000', purpose: 'How long a backend may be silent before or during its reply; then 504.' },
  BACKEND_TLS_DIR: { group: 'Mocks and backends', rule: text, otherwise: '`tls` in `DATA_DIR`', purpose: 'Client certificates that workspaces name for their backends: <name>.crt and <name>.key.' },
  PROXY_MAX_CONNECTIONS: { group: 'Mocks and backends', rule: whole(1, 10_000), default: '100', purpose: 'Connections to one backend at most.' },
  WEBHOOK_TIMEOUT_MS: { group: 'Mocks and backends', rule: whole(1, 600_000), default: '10000', purpose: 'How long the receiver of a webhook may take for its whole answer.' },
  WEBHOOK_MAX_RUNNING: { group: 'Mocks and backends', rule: whole(1, 1_000), default: '50', purpose: 'Webhooks that are sent at the same time.' },
  WEBHOOK_MAX_WAITING: { group: 'Mocks and backends', rule: whole(0, 1_000_000), default: '10000', purpose: 'Webhooks that may wait for their delay or their turn; more are dropped, counted and noted in the journal.' },

  CLAUDE_API_KEY: { group: 'AI', rule: text, isSecret: true, purpose: 'Key of the Claude API: lets workspaces have misses answered by AI. Without it nothing is generated.' },
  CLAUDE_MODEL: { group: 'AI', rule: modelName, default: 'claude-haiku-5-5', purpose: 'The model that is asked. It must know structured outputs.' },
  ANTHROPIC_BASE_URL: { group: 'AI', rule: httpUrl, default: 'https://api.anthropic.com', purpose: 'Where the Claude API is, such as a gateway of your own. Private addresses are no obstacle here.' },
  ANTHROPIC_LOG: { group: 'AI', rule: oneOf('off', 'error', 'warn', 'info', 'debug'), default: 'off', purpose: 'The log of the Claude library, which this server always keeps off. Set for other programs it does no harm, but for debug in production, which is refused: such a log has bodies in it.' },
  AI_TIMEOUT_MS: { group: 'AI', rule: whole(100, 600_000), default: '60000', purpose: 'How long a generation may take, with a second try; then the next fallback, or 503.' },
  AI_DAILY_TOKENS: { group: 'AI', rule: whole(0, 1_000_000_000_000), default: '2000000', purpose: 'Tokens that all workspaces together may use in a day (UTC), input and output; more is answered 429. 0 lets nothing be generated.' },
  AI_WORKSPACE_DAILY_TOKENS: { group: 'AI', rule: whole(0, 1_000_000_000_000), default: '500000', purpose: 'The same for one workspace.' },

  LOG_LEVEL: { group: 'Logging', rule: oneOf('error', 'warn', 'info', 'debug'), default: 'info', purpose: 'The least urgent level that is logged.' },
  LOG_FORMAT: { group: 'Logging', rule: oneOf('json', 'pretty'), otherwise: '`pretty` on a terminal and not in production, else `json`', purpose: 'One JSON object a line, or lines for people.' },
  LOG_DIR: { group: 'Logging', rule: text, purpose: 'Folder for combined.log and error.log beside the console: JSON, 5 files of 5 MB each at most.' },
  ELASTICSEARCH_URL: { group: 'Logging', rule: serviceUrl, isSecret: true, purpose: 'Sends logs to index mock-server-logs too, https://user:password@host:9200. Never holds a request up: what does not fit is dropped and counted.' },

  OTEL_EXPORTER_OTLP_ENDPOINT: { group: 'Tracing', rule: httpUrl, purpose: 'Sends a trace span for each request, call to a backend and admin request to this OpenTelemetry collector, as OTLP over HTTP in JSON, at /v1/traces below it. Without it nothing is traced.' },
  OTEL_EXPORTER_OTLP_HEADERS: { group: 'Tracing', rule: headerPairs, isSecret: true, purpose: 'Headers for the collector: name=value pairs, comma-separated, values percent-encoded.' },
  OTEL_SERVICE_NAME: { group: 'Tracing', rule: text, default: 'mock-server', purpose: 'What traces call this server.' },
  OTEL_TRACES_SAMPLER: { group: 'Tracing', rule: oneOf('always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'), default: 'parentbased_always_on', purpose: 'Which requests are traced; parentbased ones follow what the client decided.' },
  OTEL_TRACES_SAMPLER_ARG: { group: 'Tracing', rule: share, default: '1', purpose: 'For traceidratio: the share of requests, from 0 to 1.' },

  MAX_BODY_BYTES: { group: 'Limits', rule: whole(0, 1_073_741_824), default: '16777216', purpose: 'Body of a request on PORT; more is answered 413.' },
  MAX_HEADER_BYTES: { group: 'Limits', rule: whole(1_024, 1_048_576), default: '16384', purpose: 'All headers of a request together; more is answered 431.' },
  MAX_HEADERS: { group: 'Limits', rule: whole(10, 2_000), default: '200', purpose: 'Header lines of a request; more is answered 431.' },
  MAX_URL_BYTES: { group: 'Limits', rule: whole(256, 65_536), default: '8192', purpose: 'Path and query of a request; more is answered 414.' },
  MAX_CONNECTIONS: { group: 'Limits', rule: whole(1, 1_000_000), default: '10000', purpose: 'Open connections on PORT; more are closed at once.' },
  SHED_LAG_MS: { group: 'Limits', rule: whole(0, 60_000), default: '500', purpose: 'When requests keep all else waiting for longer, or the event loop lags by more for 0.3 seconds, only as many as there is time for are let in on PORT, and when the heap is nearly full none: the rest get 503; 0: never.' },
  HEADERS_TIMEOUT_MS: { group: 'Limits', rule: whole(100, 600_000), default: '10000', purpose: 'How long the head of a request may take to arrive; then 408.' },
  REQUEST_TIMEOUT_MS: { group: 'Limits', rule: whole(100, 3_600_000), default: '30000', purpose: 'How long a whole request may take to arrive; then 408.' },
  KEEP_ALIVE_TIMEOUT_MS: { group: 'Limits', rule: whole(0, 3_600_000), default: '75000', purpose: 'How long an idle connection stays open. Keep it above that of a load balancer in front.' },
  MAX_ADMIN_BODY_BYTES: { group: 'Limits', rule: whole(1_024, 1_073_741_824), default: '67108864', purpose: 'Body of an admin request, such as an import; more is answered 413.' },
  MAX_DELAY_MS: { group: 'Limits', rule: whole(0, 3_600_000), default: '60000', purpose: 'How long a mock may hold a reply back, and how long it may take over its body; longer ones are cut to it.' },
  MAX_EVENT_STREAMS: { group: 'Limits', rule: whole(0, 1_000_000), default: '1000', purpose: 'Streams of server-sent events open at a time; more are answered 503.' },
  MAX_EVENT_STREAM_MS: { group: 'Limits', rule: whole(1, 86_400_000), default: '3600000', purpose: 'How long a stream of server-sent events stays open; then its client is told to reconnect.' },
  JOURNAL_MAX_ENTRIES: { group: 'Limits', rule: whole(0, 10_000_000), default: '10000', purpose: 'Exchanges that the journal keeps, a workspace; 0 keeps none.' },
  JOURNAL_MAX_BYTES: { group: 'Limits', rule: whole(0, 17_179_869_184), default: '33554432', purpose: 'Memory that the journal may take, all workspaces together.' },
  JOURNAL_MAX_BODY_BYTES: { group: 'Limits', rule: whole(0, 16_777_216), default: '65536', purpose: 'How much of a body the journal keeps.' },
  STATE_MAX_KEYS: { group: 'Limits', rule: whole(0, 1_000_000), default: '10000', purpose: 'Keys of the key-value store, a workspace; more are refused.' },
  STATE_MAX_ITEMS: { group: 'Limits', rule: whole(0, 1_000_000), default: '10000', purpose: 'Items of a resource; more are answered 507.' },
  STATE_MAX_INSTANCES: { group: 'Limits', rule: whole(1, 10_000_000), default: '10000', purpose: 'Instances of scenarios with a key, a workspace; the least recently used is forgotten.' },
  STATE_MAX_BYTES: { group: 'Limits', rule: whole(0, 1_073_741_824), default: '16777216', purpose: 'Key-value store and resources of a workspace, as JSON; more is refused.' },
  STATE_TTL_DAYS: { group: 'Limits', rule: whole(0, 3_650), default: '30', purpose: 'With Redis: how long the state of a workspace is kept when nobody uses it; 0 keeps it for ever.' },
  MAX_SESSIONS: { group: 'Limits', rule: whole(0, 100_000), default: '1000', purpose: 'Sessions of a workspace at a time; more are answered 429.' },
  MAX_SESSION_MOCKS: { group: 'Limits', rule: whole(0, 1_000_000), default: '1000', purpose: 'Mocks of one session beside those of its workspace; more are answered 422.' },
  SESSION_TTL_SECONDS: { group: 'Limits', rule: whole(1, 604_800), default: '3600', purpose: 'How long a session lives without being used, unless it was made with a time of its own.' },
  RECORDING_MAX_ENTRIES: { group: 'Limits', rule: whole(1, 1_000_000), default: '10000', purpose: 'Exchanges that one recording keeps; more are left out and counted.' },
  RECORDING_MAX_BYTES: { group: 'Limits', rule: whole(1_024, 17_179_869_184), default: '134217728', purpose: 'Memory that unfinished recordings may take, all workspaces together; what does not fit is left out and counted.' },
  RECORDING_MAX_BODY_BYTES: { group: 'Limits', rule: whole(0, 10_485_760), default: '10485760', purpose: 'Longest body that a recording keeps; an exchange with a longer one is left out and counted.' },

  ALLOW_REMOTE_SHUTDOWN: { group: 'Shutdown', rule: flag, default: 'false', purpose: 'true lets POST /__admin/shutdown stop the server, as in WireMock.' },
  SHUTDOWN_DELAY_MS: { group: 'Shutdown', rule: whole(0, 600_000), otherwise: '`5000` in production, else `0`', purpose: 'How long the server still answers after SIGTERM, until load balancers have noticed that it is not ready.' },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof settings;

/** What the rules made of the environment and the defaults; undefined where neither says anything. */
export type SettingValues = {
  readonly [Name in SettingName]:
    | z.infer<(typeof settings)[Name]['rule']>
    | ((typeof settings)[Name] extends { readonly default: string } ? never : undefined);
};

export const settingNames = Object.keys(settings) as readonly SettingName[];

/** The setting as the general shape, where its own types do not matter. */
export function settingOf(name: SettingName): Setting {
  return settings[name];
}
