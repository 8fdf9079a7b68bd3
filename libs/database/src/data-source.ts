import type { DatabaseConfig } from '@mock-server/config';
import { DataSource, type ColumnType, type DataSourceOptions, type Logger } from 'typeorm';
import { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import { PromptPostgresRunner, PromptSqliteRunner } from './prompt-runners';
import { Sqlite, type SqliteConnection } from './sqlite';

/** A statement may take this long while the probe says that the database is alive. */
const STATEMENT_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 2_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** A new connection costs several round trips, in which a call waits. */
const KEEP_IDLE_MS = 60_000;
/** Short, because better-sqlite3 waits inside the process: while it does, no request is answered. */
const SQLITE_BUSY_TIMEOUT_MS = 250;

/** TypeORM would print a failed migration; the error says it all. */
const SILENT: Logger = {
  log: () => undefined,
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
};

/** TypeORM's data source with what both dialects need from it here. */
export class ServerDataSource extends DataSource {
  constructor(options: DataSourceOptions) {
    super(options);
    if (options.type === 'postgres') this.readBlobAsBytea();
    this.usePromptRunners();
  }

  /** Closing waits for the server's goodbye, which a hanging server never says. */
  override async destroy(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const giveUp = new Promise<void>(resolve => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
    try {
      await Promise.race([super.destroy(), giveUp]);
    } finally {
      clearTimeout(timer);
    }
  }

  private usePromptRunners(): void {
    const { driver } = this;
    if (driver instanceof PostgresDriver) driver.createQueryRunner = mode => new PromptPostgresRunner(driver, mode);
    // One for all transactions: SqliteStore has them run one after the other.
    if (driver instanceof BetterSqlite3Driver)
      driver.createQueryRunner = () => (driver.queryRunner ??= new PromptSqliteRunner(driver));
  }

  /** Entities say `blob`, the one name for bytes; Postgres calls it `bytea`. */
  private readBlobAsBytea(): void {
    const { driver } = this;
    const normalize = driver.normalizeType.bind(driver);
    driver.supportedDataTypes.push('blob');
    driver.normalizeType = column => (column.type === ('blob' satisfies ColumnType) ? 'bytea' : normalize(column));
  }
}

export function sqliteOptions(file: string): BetterSqlite3DataSourceOptions {
  return {
    type: 'better-sqlite3',
    driver: Sqlite,
    logger: SILENT,
    database: file,
    timeout: SQLITE_BUSY_TIMEOUT_MS,
    prepareDatabase: (connection: SqliteConnection) => {
      if (!connection.readonly) connection.pragma('journal_mode = WAL');
      connection.pragma('synchronous = FULL');
    },
  };
}

export function postgresOptions(url: string, poolSize: number): PostgresDataSourceOptions {
  return {
    type: 'postgres',
    logger: SILENT,
    url,
    poolSize,
    applicationName: 'mock-server',
    installExtensions: false,
    // An idle connection that breaks is dropped by the pool itself; the probe tells whether that means anything.
    poolErrorHandler: () => undefined,
    extra: {
      // A statement is sent while the one before it is still under way; their answers come in order.
      pipeline: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: KEEP_IDLE_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      // A little later than the server's own, so that its clearer error comes first.
      query_timeout: STATEMENT_TIMEOUT_MS + 1_000,
      lock_timeout: STATEMENT_TIMEOUT_MS / 2,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS * 3,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    },
  };
}

/** How to connect to the configured database, without entities or migrations. */
export function connectionOptions(config: DatabaseConfig): BetterSqlite3DataSourceOptions | PostgresDataSourceOptions {
  return config.kind === 'sqlite' ? sqliteOptions(config.file) : postgresOptions(config.url, config.poolSize);
}
