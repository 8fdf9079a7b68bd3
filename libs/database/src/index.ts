export { bigintColumn } from './bigint-column';
export { connectionOptions, ServerDataSource } from './data-source';
export { Database, type DatabaseState } from './database';
export { DatabaseStartError, DatabaseUnavailableError, isUniqueViolation } from './database-errors';
export { DatabaseModule } from './database.module';
export { migrateOnce } from './migrate';
export { run, sql, type Sql } from './sql';
export { Turnstile } from './turnstile';
export { lockSqliteFile } from './sqlite-file';
