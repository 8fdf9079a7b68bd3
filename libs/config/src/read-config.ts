import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { type Config, type DatabaseConfig, type OidcConfig, type SignInConfig, type TracingConfig } from './config';
import { ConfigError } from './config-error';
import { type Environment, readValues } from './read-values';
import { entriesOf } from './rules';
import { type SettingName, type SettingValues } from './settings';
import { findTypos } from './typos';

/**
 * Reads every setting from the environment. Throws one {@link ConfigError} that names every setting that is not usable and says
 * what to do; no value of a secret is in it.
 */
export function readConfig(
  env: Environment = process.env,
  { isTerminal = process.stdout.isTTY }: { readonly isTerminal?: boolean } = {},
): Config {
  const problems: string[] = [];
  const values = readValues(env, problems);
  problems.push(...contradictions(values, problems));
  if (problems.length > 0) throw new ConfigError(problems);
  return assemble(values, { isTerminal, warnings: findTypos(env), templateVariables: templateVariablesOf(env) });
}

interface Surroundings {
  readonly isTerminal: boolean;
  readonly warnings: readonly string[];
  readonly templateVariables: Readonly<Record<string, string>>;
}

/** Given on purpose, by their prefix: nothing else of the environment reaches a template. */
function templateVariablesOf(env: Environment): Readonly<Record<string, string>> {
  const given = Object.entries(env).filter(([name, value]) => name.startsWith('MOCK_VAR_') && value !== undefined);
  return Object.fromEntries(given) as Record<string, string>;
}

function assemble(values: SettingValues, { isTerminal, warnings, templateVariables }: Surroundings): Config {
  const environment = values.NODE_ENV ?? 'development';
  const isProduction = environment === 'production';
  return {
    environment,
    warnings,
    host: values.HOST,
    port: values.PORT,
    webUiPort: values.WEB_UI_PORT,
    adminOnTrafficPort: values.ADMIN_ON_TRAFFIC_PORT ?? values.AUTH === 'off',
    workspaceDomain: values.WORKSPACE_DOMAIN,
    auth: values.AUTH,
    signIn: signInOf(values),
    auditRetentionDays: values.AUDIT_RETENTION_DAYS,
    workspaceGraceDays: values.WORKSPACE_GRACE_DAYS,
    history: {
      retentionDays: values.HISTORY_RETENTION_DAYS,
      maxRevisions: values.HISTORY_MAX_REVISIONS,
      maxBytes: values.HISTORY_MAX_BYTES,
    },
    allowedHosts: allowedHostsOf(values),
    trustedProxies: listOf(values.TRUSTED_PROXIES),
    publicUrl: values.PUBLIC_URL?.replace(/\/+$/, ''),
    database: databaseOf(values),
    redisUrl: redisUrlOf(values),
    backendUrl: values.BACKEND_URL,
    mappingsDir: values.MAPPINGS_DIR === undefined ? undefined : resolve(values.MAPPINGS_DIR),
    dataDir: resolve(values.DATA_DIR),
    log: {
      level: values.LOG_LEVEL,
      format: values.LOG_FORMAT ?? (isTerminal && !isProduction ? 'pretty' : 'json'),
      dir: values.LOG_DIR === undefined ? undefined : resolve(values.LOG_DIR),
      elasticsearchUrl: values.ELASTICSEARCH_URL,
    },
    tracing: tracingOf(values),
    limits: limitsOf(values),
    journal: {
      maxEntries: values.JOURNAL_MAX_ENTRIES,
      maxBytes: values.JOURNAL_MAX_BYTES,
      maxBodyBytes: values.JOURNAL_MAX_BODY_BYTES,
      hiddenHeaders: values.JOURNAL_HIDDEN_HEADERS === undefined ? undefined : listOf(values.JOURNAL_HIDDEN_HEADERS),
    },
    state: {
      maxValues: values.STATE_MAX_KEYS,
      maxItems: values.STATE_MAX_ITEMS,
      maxInstances: values.STATE_MAX_INSTANCES,
      maxBytes: values.STATE_MAX_BYTES,
      sharedForMs: values.STATE_TTL_DAYS * 86_400_000,
    },
    sessions: {
      maxPerWorkspace: values.MAX_SESSIONS,
      maxMocks: values.MAX_SESSION_MOCKS,
      ttlMs: values.SESSION_TTL_SECONDS * 1_000,
    },
    proxy: {
      connectTimeoutMs: values.PROXY_CONNECT_TIMEOUT_MS,
      responseTimeoutMs: values.PROXY_RESPONSE_TIMEOUT_MS,
      maxConnections: values.PROXY_MAX_CONNECTIONS,
      tlsFolder: resolve(values.BACKEND_TLS_DIR ?? join(values.DATA_DIR, 'tls')),
    },
    recording: {
      maxEntries: values.RECORDING_MAX_ENTRIES,
      maxBytes: values.RECORDING_MAX_BYTES,
      maxBodyBytes: values.RECORDING_MAX_BODY_BYTES,
    },
    ai: {
      apiKey: values.CLAUDE_API_KEY,
      model: values.CLAUDE_MODEL,
      baseUrl: values.ANTHROPIC_BASE_URL.replace(/\/+$/, ''),
      timeoutMs: values.AI_TIMEOUT_MS,
      dailyTokens: values.AI_DAILY_TOKENS,
      workspaceDailyTokens: values.AI_WORKSPACE_DAILY_TOKENS,
    },
    templating: values.RESPONSE_TEMPLATING,
    gzipsReplies: values.RESPONSE_GZIP,
    allowBacktrackingRegex: values.ALLOW_BACKTRACKING_REGEX,
    randomSeed: values.RANDOM_SEED,
    templateTokens: { secret: values.TEMPLATE_JWT_SECRET, privateKey: values.TEMPLATE_JWT_PRIVATE_KEY },
    webhooks: {
      timeoutMs: values.WEBHOOK_TIMEOUT_MS,
      maxRunning: values.WEBHOOK_MAX_RUNNING,
      maxWaiting: values.WEBHOOK_MAX_WAITING,
    },
    templateVariables,
    outboundAllow: listOf(values.OUTBOUND_ALLOW),
    allowRemoteShutdown: values.ALLOW_REMOTE_SHUTDOWN,
    shutdownDelayMs: values.SHUTDOWN_DELAY_MS ?? (isProduction ? 5_000 : 0),
  };
}

function signInOf(values: SettingValues): SignInConfig | undefined {
  const { AUTH, JWT_SECRET, ADMIN_EMAIL, ADMIN_PASSWORD } = values;
  if (AUTH === 'off' || JWT_SECRET === undefined) return undefined;
  return {
    jwtSecret: JWT_SECRET,
    previousJwtSecret: values.JWT_SECRET_PREVIOUS,
    firstAdmin:
      ADMIN_EMAIL === undefined || ADMIN_PASSWORD === undefined
        ? undefined
        : { email: ADMIN_EMAIL, password: ADMIN_PASSWORD },
    oidc: oidcOf(values),
    accessTokenSeconds: values.ACCESS_TOKEN_MINUTES * 60,
    refreshTokenSeconds: values.REFRESH_TOKEN_DAYS * 86_400,
    requestsPerSecond: values.ADMIN_REQUESTS_PER_SECOND,
  };
}

function oidcOf(values: SettingValues): OidcConfig | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId } = values;
  if (issuer === undefined || clientId === undefined) return undefined;
  return {
    issuer,
    clientId,
    clientSecret: values.OIDC_CLIENT_SECRET,
    scopes: values.OIDC_SCOPES,
    groupsClaim: values.OIDC_GROUPS_CLAIM,
    groupRoles: values.OIDC_GROUP_ROLES ?? [],
  };
}

/** On loopback a page of any site reaches the server through a name of its own that it resolves to 127.0.0.1. */
function allowedHostsOf(values: SettingValues): readonly string[] | undefined {
  const { ALLOWED_HOSTS, HOST, WORKSPACE_DOMAIN, PUBLIC_URL } = values;
  if (ALLOWED_HOSTS === undefined && !isLoopback(HOST)) return undefined;
  const domain = WORKSPACE_DOMAIN === undefined ? [] : [WORKSPACE_DOMAIN, `*.${WORKSPACE_DOMAIN}`];
  const own = PUBLIC_URL === undefined ? [] : [new URL(PUBLIC_URL).hostname];
  return [...(ALLOWED_HOSTS === undefined ? ['localhost', '*.localhost'] : listOf(ALLOWED_HOSTS)), ...domain, ...own];
}

function tracingOf(values: SettingValues): TracingConfig | undefined {
  if (values.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  return {
    url: `${values.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/, '')}/v1/traces`,
    headers: values.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    serviceName: values.OTEL_SERVICE_NAME,
    sampler: values.OTEL_TRACES_SAMPLER,
    share: values.OTEL_TRACES_SAMPLER_ARG,
  };
}

function limitsOf(values: SettingValues): Config['limits'] {
  return {
    maxBodyBytes: values.MAX_BODY_BYTES,
    maxHeaderBytes: values.MAX_HEADER_BYTES,
    maxHeaders: values.MAX_HEADERS,
    maxUrlBytes: values.MAX_URL_BYTES,
    maxConnections: values.MAX_CONNECTIONS,
    shedLagMs: values.SHED_LAG_MS,
    headersTimeoutMs: values.HEADERS_TIMEOUT_MS,
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    keepAliveTimeoutMs: values.KEEP_ALIVE_TIMEOUT_MS,
    maxAdminBodyBytes: values.MAX_ADMIN_BODY_BYTES,
    maxDelayMs: values.MAX_DELAY_MS,
    maxEventStreams: values.MAX_EVENT_STREAMS,
    maxEventStreamMs: values.MAX_EVENT_STREAM_MS,
  };
}

/** Settings that are each well written, but not usable together or not on this machine. A setting that failed its rule is undefined here. */
function contradictions(values: Partial<SettingValues>, faults: readonly string[]): string[] {
  const problems: string[] = [];
  /** Complained about already: a setting that is missing for its own fault needs no second sentence. */
  const isFaulty = (name: SettingName): boolean => faults.some(fault => fault.startsWith(name));
  const { HOST, PORT, WEB_UI_PORT, AUTH, MAPPINGS_DIR, REDIS_URL, REDIS_HOST, REDIS_PASSWORD } = values;
  if (AUTH === 'on' && values.JWT_SECRET === undefined && !isFaulty('JWT_SECRET')) {
    problems.push(
      'AUTH=on needs JWT_SECRET, which signs access tokens: make one with `openssl rand -base64 48`, and give every replica the same.',
    );
  }
  if (values.JWT_SECRET !== undefined && values.JWT_SECRET === values.JWT_SECRET_PREVIOUS) {
    problems.push(
      'JWT_SECRET and JWT_SECRET_PREVIOUS are the same: remove JWT_SECRET_PREVIOUS, or make a new JWT_SECRET.',
    );
  }
  problems.push(...oidcProblems(values, isFaulty));
  if (
    (values.ADMIN_EMAIL === undefined) !== (values.ADMIN_PASSWORD === undefined) &&
    !isFaulty('ADMIN_EMAIL') &&
    !isFaulty('ADMIN_PASSWORD')
  ) {
    problems.push('ADMIN_EMAIL and ADMIN_PASSWORD make the first admin together: set both, or none.');
  }
  if (AUTH === 'off' && HOST !== undefined && !isLoopback(HOST) && values.ALLOW_UNAUTHENTICATED === false) {
    problems.push(
      `HOST=${HOST} lets other machines in, and there is no sign-in (AUTH=off): set HOST=127.0.0.1, or ALLOW_UNAUTHENTICATED=true if whoever reaches it may change mocks.`,
    );
  }
  if (PORT !== undefined && PORT !== 0 && PORT === WEB_UI_PORT) {
    problems.push(`PORT and WEB_UI_PORT are both ${PORT}: give them different ports.`);
  }
  if (values.ANTHROPIC_LOG === 'debug' && values.NODE_ENV === 'production') {
    problems.push(
      'ANTHROPIC_LOG=debug is refused in production, for such a log shows the bodies of calls: remove it, or set ANTHROPIC_LOG=off.',
    );
  }
  if (MAPPINGS_DIR !== undefined && !isFolder(resolve(MAPPINGS_DIR))) {
    problems.push(`MAPPINGS_DIR must be a folder that exists, and there is none at ${resolve(MAPPINGS_DIR)}`);
  }
  if (REDIS_URL !== undefined && REDIS_HOST !== undefined) {
    problems.push('REDIS_URL and REDIS_HOST are both set: keep one.');
  }
  if (REDIS_PASSWORD !== undefined && REDIS_HOST === undefined) {
    problems.push('REDIS_PASSWORD has no effect without REDIS_HOST: set it, or put the password into REDIS_URL.');
  }
  return problems;
}

function oidcProblems(values: Partial<SettingValues>, isFaulty: (name: SettingName) => boolean): string[] {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET, OIDC_GROUP_ROLES } = values;
  if (isFaulty('OIDC_ISSUER') || isFaulty('OIDC_CLIENT_ID')) return [];
  if (issuer === undefined || clientId === undefined) {
    const isPart = [issuer, clientId, OIDC_CLIENT_SECRET, OIDC_GROUP_ROLES].some(value => value !== undefined);
    return isPart
      ? ['Sign-in by OpenID Connect needs OIDC_ISSUER and OIDC_CLIENT_ID: set both, or none of OIDC_….']
      : [];
  }
  if (values.AUTH === 'off') return ['OIDC_ISSUER has no effect with AUTH=off: set AUTH=on, or remove it.'];
  if (issuer.startsWith('http:') && !isLoopback(new URL(issuer).hostname))
    return ['OIDC_ISSUER must be https: what a provider says about users must not be changed on the way.'];
  return [];
}

function databaseOf({ DATABASE_URL: url, DATABASE_POOL_SIZE: poolSize }: SettingValues): DatabaseConfig {
  if (!url.startsWith('sqlite:')) return { kind: 'postgres', url, poolSize };
  return { kind: 'sqlite', file: resolve(url.slice('sqlite:'.length)) };
}

function redisUrlOf({ REDIS_URL, REDIS_HOST, REDIS_PORT, REDIS_PASSWORD }: SettingValues): string | undefined {
  if (REDIS_HOST === undefined) return REDIS_URL;
  const credentials = REDIS_PASSWORD === undefined ? '' : `:${encodeURIComponent(REDIS_PASSWORD)}@`;
  return `redis://${credentials}${isIP(REDIS_HOST) === 6 ? `[${REDIS_HOST}]` : REDIS_HOST}:${REDIS_PORT}`;
}

function listOf(text = ''): readonly string[] {
  return entriesOf(text);
}

/** Only what certainly is: a name that DNS resolves may be anywhere. */
function isLoopback(host: string): boolean {
  return /^localhost$/i.test(host) || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
