import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { type Config, type DatabaseConfig } from './config';
import { ConfigError } from './config-error';
import { type Environment, readValues } from './read-values';
import { type SettingValues } from './settings';
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
  problems.push(...contradictions(values));
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
    limits: limitsOf(values),
    journal: {
      maxEntries: values.JOURNAL_MAX_ENTRIES,
      maxBytes: values.JOURNAL_MAX_BYTES,
      maxBodyBytes: values.JOURNAL_MAX_BODY_BYTES,
    },
    state: {
      maxValues: values.STATE_MAX_KEYS,
      maxItems: values.STATE_MAX_ITEMS,
      maxInstances: values.STATE_MAX_INSTANCES,
      maxBytes: values.STATE_MAX_BYTES,
    },
    proxy: {
      connectTimeoutMs: values.PROXY_CONNECT_TIMEOUT_MS,
      responseTimeoutMs: values.PROXY_RESPONSE_TIMEOUT_MS,
      maxConnections: values.PROXY_MAX_CONNECTIONS,
    },
    templating: values.RESPONSE_TEMPLATING,
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

function limitsOf(values: SettingValues): Config['limits'] {
  return {
    maxBodyBytes: values.MAX_BODY_BYTES,
    maxHeaderBytes: values.MAX_HEADER_BYTES,
    maxHeaders: values.MAX_HEADERS,
    maxUrlBytes: values.MAX_URL_BYTES,
    maxConnections: values.MAX_CONNECTIONS,
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
function contradictions(values: Partial<SettingValues>): string[] {
  const problems: string[] = [];
  const { HOST, PORT, WEB_UI_PORT, AUTH, MAPPINGS_DIR, REDIS_URL, REDIS_HOST, REDIS_PASSWORD } = values;
  if (AUTH === 'on') {
    problems.push(
      'AUTH=on needs sign-in, which is not in this version yet: set AUTH=off, and keep the server where only people you trust reach it.',
    );
  }
  if (AUTH === 'off' && HOST !== undefined && !isLoopback(HOST) && values.ALLOW_UNAUTHENTICATED === false) {
    problems.push(
      `HOST=${HOST} lets other machines in, and there is no sign-in (AUTH=off): set HOST=127.0.0.1, or ALLOW_UNAUTHENTICATED=true if whoever reaches it may change mocks.`,
    );
  }
  if (PORT !== undefined && PORT !== 0 && PORT === WEB_UI_PORT) {
    problems.push(`PORT and WEB_UI_PORT are both ${PORT}: give them different ports.`);
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
  const entries = text.split(',').map(entry => entry.trim());
  return entries.filter(entry => entry !== '');
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
