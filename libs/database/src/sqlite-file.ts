import { mkdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseStartError, codeOf } from './database-errors';
import { Sqlite, type SqliteConnection } from './sqlite';

/** Larger files are not read through at start; damage in them shows when it is touched. */
const MAX_CHECKED_BYTES = 64 * 1024 * 1024;

export interface SqliteFileLock {
  release(): void;
}

/**
 * Takes the file for this process alone and makes sure that it can be used: made if new, whole and writable if not.
 * Throws a {@link DatabaseStartError} with what to do when it cannot; a damaged file is never replaced by a new one.
 */
export function openSqliteFile(file: string): SqliteFileLock {
  makeFolder(dirname(file));
  const lock = lockFile(file);
  try {
    checkFile(file);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Takes the file for this process, whatever state it is in: for putting another one in its place. */
export function lockSqliteFile(file: string): SqliteFileLock {
  makeFolder(dirname(file));
  return lockFile(file);
}

/** Undefined when there is no such file. */
export function statOf(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new DatabaseStartError(
      `The folder of the database, ${folder}, cannot be made (${codeOf(error)}). Make it, or name another with DATABASE_URL=sqlite:<file>.`,
      { cause: error },
    );
  }
}

/**
 * An exclusive lock on `<file>.lock`. It is the operating system's file lock, taken through SQLite: it ends with the
 * process however that ends, and nothing stale is left to clean up.
 */
function lockFile(file: string): SqliteFileLock {
  let connection: SqliteConnection | undefined;
  try {
    connection = new Sqlite(`${realPath(file)}.lock`, { timeout: 0 });
    connection.exec('BEGIN EXCLUSIVE');
    const holder = connection;
    return { release: () => holder.close() };
  } catch (error) {
    connection?.close();
    if (codeOf(error).startsWith('SQLITE_BUSY')) {
      throw new DatabaseStartError(
        `The database file ${file} is in use by another mock-server process. Stop that one, or give this one its own file with DATABASE_URL=sqlite:<file>.`,
        { cause: error },
      );
    }
    throw startError(file, error);
  }
}

function checkFile(file: string): void {
  let connection: SqliteConnection | undefined;
  try {
    const bytes = statOf(file)?.size ?? 0;
    connection = new Sqlite(file, { timeout: 250 });
    connection.pragma('journal_mode = WAL');
    if (bytes <= MAX_CHECKED_BYTES) refuseDamage(connection.pragma('quick_check(1)', { simple: true }));
    // A write, taken back: it fails on a read-only file, also when there is nothing to migrate.
    const version = Number(connection.pragma('user_version', { simple: true }));
    connection.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${version}; ROLLBACK`);
  } catch (error) {
    throw startError(file, error);
  } finally {
    connection?.close();
  }
}

function refuseDamage(verdict: unknown): void {
  if (verdict !== 'ok') throw new Sqlite.SqliteError(String(verdict), 'SQLITE_CORRUPT');
}

/** A full disk and an I/O error may pass, so they stay what they are. */
function startError(file: string, error: unknown): unknown {
  const code = codeOf(error);
  const say = (sentence: string): DatabaseStartError =>
    new DatabaseStartError(`The database file ${file} ${sentence}`, { cause: error });
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) {
    return say(
      'is damaged or is not a SQLite database. Restore it from a backup, or name another with DATABASE_URL=sqlite:<file>; it was left as it is.',
    );
  }
  if (/^SQLITE_READONLY/.test(code))
    return say('is read-only. Make it and its folder writable for the user that runs this server.');
  if (/^SQLITE_(CANTOPEN|PERM|AUTH)|^EACCES|^EPERM|^ENOTDIR/.test(code)) {
    return say('cannot be opened. Make it and its folder readable and writable for the user that runs this server.');
  }
  if (/^SQLITE_BUSY/.test(code)) return say('is locked by another program. Close that program and start again.');
  return error;
}

/** Two names of one file must meet at one lock. */
function realPath(file: string): string {
  return statOf(file) === undefined ? join(realpathSync(dirname(file)), basename(file)) : realpathSync(file);
}
