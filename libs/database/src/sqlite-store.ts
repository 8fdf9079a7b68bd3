import type { DataSource, QueryRunner } from 'typeorm';
import type { AbstractSqliteDriver } from 'typeorm/driver/sqlite-abstract/AbstractSqliteDriver';
import { ServerDataSource } from './data-source';
import { DatabaseUnavailableError } from './database-errors';
import { migrateSqlite } from './migrate';
import { type SqliteConnection } from './sqlite';
import { openSqliteFile, statOf, type SqliteFileLock } from './sqlite-file';
import { settle } from './sql';
import type { Store, StoreCall, Work } from './store';
import { Turnstile } from './turnstile';

/**
 * Two connections: one for transactions, one after the other because TypeORM has a single runner for it, and a
 * read-only one, so that a read never sees what a transaction under way may still take back.
 */
export class SqliteStore implements Store {
  readonly dialect = 'sqlite';
  private readonly writers = new Turnstile({ places: 1, maxWaiting: 200, maxWaitMs: 10_000 });
  private reader: DataSource | undefined;
  private lock: SqliteFileLock | undefined;
  private inode: number | undefined;

  constructor(
    private readonly file: string,
    private readonly writer: DataSource,
  ) {}

  async open(): Promise<void> {
    if (this.inode !== undefined) return this.probe();
    this.lock ??= openSqliteFile(this.file);
    try {
      await migrateSqlite(this.file);
      if (!this.writer.isInitialized) await this.writer.initialize();
      this.reader = new ServerDataSource({ ...this.writer.options, readonly: true } as DataSource['options']);
      await this.reader.initialize();
    } catch (error) {
      await this.close();
      throw error;
    }
    this.inode = statOf(this.file)?.ino;
  }

  /** SQLite goes on writing into a file that was deleted or swapped, and all of that is lost at the next start. */
  probe(): Promise<void> {
    if (statOf(this.file)?.ino === this.inode) return Promise.resolve();
    return Promise.reject(
      new DatabaseUnavailableError(
        'The database file was removed or replaced while the server was running. Put it back, or restart the server.',
      ),
    );
  }

  async read<T>(work: Work<T>): Promise<T> {
    if (this.reader === undefined) throw new DatabaseUnavailableError('The database is not open.');
    return work(this.reader.manager);
  }

  transaction<T>(work: Work<T>, { signal, turn }: StoreCall): Promise<T> {
    return this.writers.pass(async () => {
      signal.throwIfAborted();
      const runner = this.writer.createQueryRunner();
      try {
        await runner.startTransaction();
        const result = await work(runner.manager);
        await settle(runner.manager);
        signal.throwIfAborted();
        await runner.commitTransaction();
        return result;
      } catch (error) {
        await this.rollBack(runner);
        throw error;
      }
    }, turn);
  }

  hint(): void {
    // The file is locked: there is no other process.
  }

  abandon(): void {
    // Calls under way see their signal and roll back by themselves.
  }

  async close(): Promise<void> {
    if (this.reader?.isInitialized) await this.reader.destroy();
    if (this.writer.isInitialized) await this.writer.destroy();
    this.lock?.release();
    this.lock = undefined;
  }

  /** SQLite rolls back by itself on a full disk, and then TypeORM's runner no longer knows where it is: take a new one. */
  private async rollBack(runner: QueryRunner): Promise<void> {
    const driver = this.writer.driver as AbstractSqliteDriver;
    const connection = driver.databaseConnection as SqliteConnection;
    await settle(runner.manager).catch(() => undefined);
    await runner.rollbackTransaction().catch(() => undefined);
    if (connection.inTransaction) connection.exec('ROLLBACK');
    delete driver.queryRunner;
  }
}
