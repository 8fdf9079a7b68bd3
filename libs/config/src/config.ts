import type { GroupRole } from './rules';

/** Injection token of the one {@link Config} object: `constructor(@Inject(CONFIG) private readonly config: Config)`. */
export const CONFIG = Symbol('CONFIG');

/** Every setting after validation, in the shape the rooms use. Made once at start by `readConfig`; never changes. */
export interface Config {
  readonly environment: 'development' | 'production' | 'test';
  /** Hints to log at start, such as variables that are nearly a setting. */
  readonly warnings: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly webUiPort: number;
  /** Whether `/__admin`, `/health*` and `/metrics` also answer on the traffic port. */
  readonly adminOnTrafficPort: boolean;
  /** `example.test` lets host `<slug>.example.test` address a workspace. */
  readonly workspaceDomain: string | undefined;
  readonly auth: 'on' | 'off';
  /** Defined if and only if `auth` is on. */
  readonly signIn: SignInConfig | undefined;
  /** 0: for ever. */
  readonly auditRetentionDays: number;
  /** Bounds of what a workspace's history keeps; 0 days: no bound in time. */
  readonly history: { readonly retentionDays: number; readonly maxRevisions: number; readonly maxBytes: number };
  /** How long a deleted workspace can be restored. */
  readonly workspaceGraceDays: number;
  /** Host names that the admin API answers under, lower-case; undefined: any. Addresses are always allowed. */
  readonly allowedHosts: readonly string[] | undefined;
  /** Addresses and CIDR ranges of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Where browsers reach the console, without a trailing slash; undefined: not known. */
  readonly publicUrl: string | undefined;
  readonly database: DatabaseConfig;
  /** Undefined: cache in memory. */
  readonly redisUrl: string | undefined;
  /** The backend of workspace `default`, origin and optional base path. */
  readonly backendUrl: string | undefined;
  /** A folder with `mappings/` and `__files/`, loaded into workspace `default`. Absolute. */
  readonly mappingsDir: string | undefined;
  /** Where the last-known-good catalog and cached files live. Absolute. */
  readonly dataDir: string;
  readonly log: LogConfig;
  /** Undefined: nothing is traced. */
  readonly tracing: TracingConfig | undefined;
  readonly limits: Limits;
  readonly journal: JournalConfig;
  /** Bounds of what a workspace remembers between requests. */
  readonly state: {
    readonly maxValues: number;
    readonly maxItems: number;
    readonly maxInstances: number;
    readonly maxBytes: number;
    /** How long state in Redis is kept when nobody uses it; 0: for ever. */
    readonly sharedForMs: number;
  };
  /** Bounds of the sessions of one workspace, and of the mocks of one session. */
  readonly sessions: { readonly maxPerWorkspace: number; readonly maxMocks: number; readonly ttlMs: number };
  readonly proxy: {
    readonly connectTimeoutMs: number;
    readonly responseTimeoutMs: number;
    readonly maxConnections: number;
    /** Client certificates for backends: `<name>.crt` and `<name>.key`. Absolute. */
    readonly tlsFolder: string;
  };
  /** Bounds of recordings: exchanges of one, memory of all, and one body. */
  readonly recording: { readonly maxEntries: number; readonly maxBytes: number; readonly maxBodyBytes: number };
  readonly ai: AiConfig;
  readonly templating: 'local' | 'global' | 'off';
  /** Replies of mocks, for clients that ask for it. */
  readonly gzipsReplies: boolean;
  readonly allowBacktrackingRegex: boolean;
  /** Undefined: chance is the machine's. */
  readonly randomSeed: number | undefined;
  /** Undefined: made at start. The key is PEM. */
  readonly templateTokens: { readonly secret: string | undefined; readonly privateKey: string | undefined };
  readonly webhooks: { readonly timeoutMs: number; readonly maxRunning: number; readonly maxWaiting: number };
  /** `MOCK_VAR_…` of the environment: what templates may read with `systemValue`. */
  readonly templateVariables: Readonly<Record<string, string>>;
  readonly outboundAllow: readonly string[];
  readonly allowRemoteShutdown: boolean;
  /** How long the server goes on answering after SIGTERM, with `Connection: close`, before it closes. */
  readonly shutdownDelayMs: number;
}

export interface AiConfig {
  /** Undefined: nothing is generated. */
  readonly apiKey: string | undefined;
  readonly model: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** For a whole generation. */
  readonly timeoutMs: number;
  /** Tokens a day, input and output: of all workspaces together, and of one. */
  readonly dailyTokens: number;
  readonly workspaceDailyTokens: number;
}

export interface LogConfig {
  readonly level: LogLevel;
  readonly format: 'json' | 'pretty';
  /** A folder for rotating files, absolute; undefined: no files. */
  readonly dir: string | undefined;
  readonly elasticsearchUrl: string | undefined;
}

export interface JournalConfig {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly maxBodyBytes: number;
  /** In lower case. Undefined: all headers are kept as they came. */
  readonly hiddenHeaders?: readonly string[] | undefined;
}

export interface TracingConfig {
  /** Where spans go. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly sampler: `${'' | 'parentbased_'}${'always_on' | 'always_off' | 'traceidratio'}`;
  /** Of the requests, for `traceidratio`: from 0 to 1. */
  readonly share: number;
}

export interface SignInConfig {
  readonly jwtSecret: string;
  /** Still verifies, signs nothing. */
  readonly previousJwtSecret: string | undefined;
  /** Made when there is no user yet. */
  readonly firstAdmin: { readonly email: string; readonly password: string } | undefined;
  /** Undefined: sign-in by password alone. */
  readonly oidc: OidcConfig | undefined;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  /** For one caller on one replica; 0 means any number. */
  readonly requestsPerSecond: number;
}

/** An OpenID provider whose users may sign in. */
export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scopes: string;
  readonly groupsClaim: string;
  readonly groupRoles: readonly GroupRole[];
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export type DatabaseConfig =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly poolSize: number };

/** Bounds of the traffic port. Bytes and milliseconds. */
export interface Limits {
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  readonly maxUrlBytes: number;
  readonly maxConnections: number;
  /** Beyond this lag of the event loop new requests are turned away; 0: never. */
  readonly shedLagMs: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** The admin API's own body limit (imports are large). */
  readonly maxAdminBodyBytes: number;
  /** How long a mock may hold a reply back, and how long its body may take. */
  readonly maxDelayMs: number;
  readonly maxEventStreams: number;
  readonly maxEventStreamMs: number;
}
