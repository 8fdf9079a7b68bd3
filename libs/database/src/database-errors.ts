/** The database cannot do this now; the same call may succeed in a moment. Rendered by `libs/http` through `problem`. */
export class DatabaseUnavailableError extends Error {
  readonly problem = 'database-unavailable';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DatabaseUnavailableError';
  }
}

/** The database can never be used as it stands (in use, corrupt, read-only): the app prints the sentence and exits 1. */
export class DatabaseStartError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DatabaseStartError';
  }
}

const GONE = 'The database is not reachable. Mocks go on being served; try this again in a few seconds.';
const BUSY = 'The database is too busy for this call. Try again in a few seconds.';
const READ_ONLY =
  'The database is read-only at the moment. Try again when its primary is back or the file is writable.';
const UNFIT = 'The database refused this call because of its own state. See the server log.';
const FULL =
  'The disk of the database is full. Free some space and try again; nothing was changed, and mocks go on being served.';
const IO_ERROR = 'The disk of the database reports an error. See the server log; nothing was changed by this call.';

/** First match wins. Postgres SQLSTATEs, SQLite result codes and Node's socket errors. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^(08|57P0)/, GONE],
  [/^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/, GONE],
  [/^(28|3D000)/, GONE],
  [/^(53100|SQLITE_FULL)/, FULL],
  [/^(58030|SQLITE_IOERR)/, IO_ERROR],
  [/^(53|55P03|57014|40001|40P01|25P03|SQLITE_BUSY|SQLITE_LOCKED)/, BUSY],
  [/^(25006|SQLITE_READONLY)/, READ_ONLY],
  [/^SQLITE_(CORRUPT|NOTADB|CANTOPEN)/, UNFIT],
];

// pg, pg-pool and TypeORM have no codes for these.
const GONE_MESSAGES =
  /^(Connection terminated|Query read timeout|timeout (expired|exceeded)|Driver not Connected|Cannot use a pool after|Client (was closed|has encountered)|Query runner already released)/i;

/** The error as callers may see it: a {@link DatabaseUnavailableError} when the database, not the call, is at fault. */
export function translateError(error: unknown): unknown {
  if (error instanceof DatabaseUnavailableError) return error;
  if (typeof error !== 'object' || error === null || 'problem' in error) return error;
  const code = codeOf(error);
  const sentence = SENTENCES.find(([pattern]) => pattern.test(code))?.[1];
  if (sentence !== undefined) return new DatabaseUnavailableError(sentence, { cause: error });
  if (code === '' && GONE_MESSAGES.test(messageOf(error))) return new DatabaseUnavailableError(GONE, { cause: error });
  return error;
}

/** True for "a row with this key exists already", on both dialects. */
export function isUniqueViolation(error: unknown): boolean {
  return /^(23505|SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY))$/.test(codeOf(error));
}

/** The driver's code, also from inside TypeORM's QueryFailedError; '' when there is none. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, driverError, errors } = error as { code?: unknown; driverError?: unknown; errors?: unknown };
  if (driverError !== undefined) return codeOf(driverError);
  if (typeof code === 'string') return code;
  // Connecting to a name with several addresses fails with one error for each.
  return Array.isArray(errors) ? codeOf(errors[0]) : '';
}

/** What an error says, for the log and for people; never empty. */
export function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, errors } = error as { message?: unknown; errors?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return Array.isArray(errors) && errors.length > 0 ? messageOf(errors[0]) : codeOf(error) || 'unknown error';
}
