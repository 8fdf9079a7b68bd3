/** How loud a problem is in the log. `error` means: wake someone. */
export type ProblemLogLevel = 'error' | 'warn' | 'debug';

export interface ProblemRow {
  readonly status: number;
  readonly title: string;
  readonly logLevel: ProblemLogLevel;
  /** Sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** Every problem the product can answer with: a row a code. The code is public contract and never changes its meaning. */
export const PROBLEMS = {
  'bad-request': { status: 400, title: 'The request is malformed', logLevel: 'warn' },
  'sign-in-failed': { status: 401, title: 'Sign-in failed', logLevel: 'warn' },
  unauthorized: { status: 401, title: 'Sign in first', logLevel: 'warn' },
  forbidden: { status: 403, title: 'Not allowed', logLevel: 'warn' },
  'forbidden-origin': { status: 403, title: 'Cross-site request refused', logLevel: 'warn' },
  'forbidden-host': { status: 421, title: 'Not a name of this server', logLevel: 'warn' },
  'not-found': { status: 404, title: 'Not found', logLevel: 'debug' },
  'mock-not-found': { status: 404, title: 'Mock not found', logLevel: 'debug' },
  'workspace-not-found': { status: 404, title: 'Workspace not found', logLevel: 'debug' },
  'user-not-found': { status: 404, title: 'User not found', logLevel: 'debug' },
  'token-not-found': { status: 404, title: 'Token not found', logLevel: 'debug' },
  'revision-not-found': { status: 404, title: 'Revision not found', logLevel: 'debug' },
  'change-set-not-found': { status: 404, title: 'Change set not found', logLevel: 'debug' },
  'session-not-found': { status: 404, title: 'Session not found', logLevel: 'debug' },
  'file-not-found': { status: 404, title: 'File not found', logLevel: 'debug' },
  'no-mock-matched': { status: 404, title: 'No mock matched the request', logLevel: 'debug' },
  'method-not-allowed': { status: 405, title: 'Method not allowed', logLevel: 'debug' },
  'not-acceptable': { status: 406, title: 'Not acceptable', logLevel: 'debug' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive', logLevel: 'warn' },
  conflict: { status: 409, title: 'Conflict', logLevel: 'debug' },
  'workspace-exists': { status: 409, title: 'The workspace exists already', logLevel: 'debug' },
  'workspace-archived': { status: 409, title: 'The workspace is archived', logLevel: 'debug' },
  'session-exists': { status: 409, title: 'The session exists already', logLevel: 'debug' },
  'user-exists': { status: 409, title: 'The user exists already', logLevel: 'debug' },
  'last-admin': { status: 409, title: 'The last admin', logLevel: 'debug' },
  'link-unusable': { status: 410, title: 'The link is not usable any more', logLevel: 'warn' },
  'stale-write': { status: 412, title: 'It has changed since you read it', logLevel: 'debug' },
  'payload-too-large': { status: 413, title: 'The body is too large', logLevel: 'warn' },
  'uri-too-long': { status: 414, title: 'The URL is too long', logLevel: 'warn' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type', logLevel: 'warn' },
  'quota-exceeded': { status: 422, title: 'More than the workspace may hold', logLevel: 'warn' },
  'invalid-json': { status: 422, title: 'Error parsing JSON', logLevel: 'warn' },
  'invalid-body': { status: 422, title: 'The body is not acceptable', logLevel: 'warn' },
  'invalid-mapping': { status: 422, title: 'The mapping is not acceptable', logLevel: 'warn' },
  'mock-exists': { status: 422, title: 'A mock with this id exists already', logLevel: 'debug' },
  'idempotency-conflict': { status: 422, title: 'The Idempotency-Key was used for another request', logLevel: 'warn' },
  'too-many-requests': { status: 429, title: 'Too many requests', logLevel: 'warn', retryAfterSeconds: 1 },
  'too-many-sessions': { status: 429, title: 'Too many sessions', logLevel: 'warn', retryAfterSeconds: 10 },
  'ai-busy': { status: 429, title: 'Too many generations', logLevel: 'warn', retryAfterSeconds: 5 },
  'ai-budget-spent': {
    status: 429,
    title: 'The AI budget of today is spent',
    logLevel: 'warn',
    retryAfterSeconds: 3600,
  },
  'headers-too-large': { status: 431, title: 'The headers are too large', logLevel: 'warn' },
  internal: { status: 500, title: 'Internal error', logLevel: 'error' },
  'not-implemented': { status: 501, title: 'Not implemented', logLevel: 'warn' },
  'backend-unreachable': { status: 502, title: 'The backend cannot be reached', logLevel: 'warn' },
  'backend-invalid': { status: 502, title: 'The backend gave an invalid reply', logLevel: 'warn' },
  'ai-failed': { status: 502, title: 'The AI gave no usable answer', logLevel: 'warn', retryAfterSeconds: 10 },
  'provider-unreachable': { status: 502, title: 'The OpenID provider cannot be reached', logLevel: 'warn' },
  'not-recording': { status: 400, title: 'Not currently recording', logLevel: 'debug' },
  'outbound-refused': { status: 502, title: 'The outbound call was refused', logLevel: 'warn' },
  'database-unavailable': { status: 503, title: 'The database is unavailable', logLevel: 'warn', retryAfterSeconds: 1 },
  'ai-unavailable': { status: 503, title: 'The AI is unavailable', logLevel: 'warn', retryAfterSeconds: 10 },
  'backend-resting': { status: 503, title: 'The backend keeps failing', logLevel: 'warn', retryAfterSeconds: 1 },
  overloaded: { status: 503, title: 'Too busy', logLevel: 'warn', retryAfterSeconds: 1 },
  draining: { status: 503, title: 'Shutting down', logLevel: 'warn', retryAfterSeconds: 1 },
  'journal-incomplete': { status: 503, title: 'Not all of the journal', logLevel: 'warn', retryAfterSeconds: 1 },
  'not-ready': { status: 503, title: 'Not ready', logLevel: 'warn', retryAfterSeconds: 1 },
  'backend-timeout': { status: 504, title: 'The backend took too long', logLevel: 'warn' },
  'state-full': { status: 507, title: 'The workspace may not remember more', logLevel: 'warn' },
  'proxy-loop': { status: 508, title: 'The proxy called itself', logLevel: 'warn' },
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof PROBLEMS;

export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(PROBLEMS, code);
}

/** The general row for a status that came without a code of ours, from Nest or Fastify. */
export function problemCodeOfStatus(status: number): ProblemCode {
  const code = GENERAL_CODES[status];
  if (code) return code;
  return status >= 400 && status < 500 ? 'bad-request' : 'internal';
}

const GENERAL_CODES: Readonly<Record<number, ProblemCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  408: 'request-timeout',
  409: 'conflict',
  412: 'stale-write',
  413: 'payload-too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
  422: 'invalid-body',
  429: 'too-many-requests',
  431: 'headers-too-large',
  501: 'not-implemented',
  502: 'backend-invalid',
  503: 'overloaded',
  504: 'backend-timeout',
};
