import type { DatabaseConfig } from '@mock-server/config';
import { migrations as allMigrations } from '@mock-server/migrations';
import { MigrationExecutor, type MixedList, type QueryRunner } from 'typeorm';
import { ServerDataSource, postgresOptions, sqliteOptions } from './data-source';
import { DatabaseStartError, DatabaseUnavailableError, messageOf, translateError } from './database-errors';
import { openSqliteFile } from './sqlite-file';

type Migrations = MixedList<
  new () => { up(runner: QueryRunner): Promise<void>; down(runner: QueryRunner): Promise<void> }
>;

/** Any fixed number: advisory locks are per database, and only this program takes one here. */
const ADVISORY_LOCK = 1_836_016_491;
const LOCK_WAIT_MS = 60_000;
const MIGRATION_STATEMENT_MS = 300_000;

/** `mock-server migrate`: brings the configured database up to date and returns the names of the migrations it ran. */
export async function migrateOnce(config: DatabaseConfig): Promise<string[]> {
  if (config.kind === 'postgres') return migratePostgres(config.url);
  const lock = openSqliteFile(config.file);
  try {
    return await migrateSqlite(config.file);
  } finally {
    lock.release();
  }
}

/** The caller holds the file's lock. */
export async function migrateSqlite(file: string, migrations: Migrations = allMigrations): Promise<string[]> {
  const source = new ServerDataSource({ ...sqliteOptions(file), migrations });
  await source.initialize();
  try {
    return await runPending(source, source.createQueryRunner());
  } finally {
    await source.destroy();
  }
}

/**
 * One connection of its own takes the advisory lock and runs the migrations, so that losing it loses both at once.
 * The lock comes before the first look at the migrations table: else processes starting together all find it missing.
 */
export async function migratePostgres(url: string, migrations: Migrations = allMigrations): Promise<string[]> {
  const options = postgresOptions(url, 1);
  const extra = {
    ...(options.extra as object),
    statement_timeout: MIGRATION_STATEMENT_MS,
    query_timeout: MIGRATION_STATEMENT_MS,
    lock_timeout: LOCK_WAIT_MS,
  };
  const source = new ServerDataSource({ ...options, extra, migrations });
  await source.initialize();
  const runner = source.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK]);
    try {
      return await runPending(source, runner);
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [ADVISORY_LOCK]).catch(() => undefined);
    }
  } finally {
    await runner.release();
    await source.destroy();
  }
}

async function runPending(source: ServerDataSource, runner: QueryRunner): Promise<string[]> {
  const executor = new MigrationExecutor(source, runner);
  // Each migration is one transaction with its own row in the migrations table.
  executor.transaction = 'each';
  try {
    return (await executor.executePendingMigrations()).map(migration => migration.name);
  } catch (error) {
    const translated = translateError(error);
    if (translated instanceof DatabaseUnavailableError) throw translated;
    throw new DatabaseStartError(`A migration of the database failed and was rolled back: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
