import type { Socket } from 'node:net';
import type { PoolClient } from 'pg';
import { QueryFailedError, QueryResult, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner';
import { forgetStale, preparedName } from './prepared-statements';
import { type SqliteConnection, type SqliteStatement } from './sqlite';

/*
 * TypeORM's runners await a few things before they send a statement, so of two that are not awaited either may be first. These send it
 * in the moment they are asked: what does not wait for an answer keeps its order, and on PostgreSQL shares a round trip.
 */

const MAX_PREPARED = 200;

export class PromptPostgresRunner extends PostgresQueryRunner {
  /** That of a transaction's BEGIN, which nobody waited for: where it failed, so does all that follows. */
  private begun: Promise<unknown> | undefined;

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- TypeORM's word for it
  override async query(text: string, parameters?: any[], isStructured = false): Promise<any> {
    if (this.isReleased) throw new QueryRunnerAlreadyReleasedError();
    const client = (this.databaseConnection ?? (await this.connect())) as PoolClient;
    gatherWrites(client);
    try {
      const name = preparedName(client, text);
      const { command, rows, rowCount } = await (name === undefined
        ? client.query(text, parameters)
        : client.query({ name, text, values: parameters ?? [] }));
      await this.begun;
      const raw = command === 'DELETE' || command === 'UPDATE' ? [rows, rowCount] : rows;
      return isStructured ? resultOf({ raw, records: rows, affected: rowCount ?? 0 }) : raw;
    } catch (error) {
      forgetStale(client, error);
      throw new QueryFailedError(text, parameters, error as Error);
    }
  }

  /** The answer comes with that of the first statement, which need not wait for it. */
  override startTransaction(): Promise<void> {
    const client = this.databaseConnection as PoolClient;
    this.isTransactionActive = true;
    this.transactionDepth = 1;
    gatherWrites(client);
    this.begun = client.query('START TRANSACTION');
    this.begun.catch(() => undefined);
    return Promise.resolve();
  }

  /** PostgreSQL answers the COMMIT of a transaction in which something failed with ROLLBACK, and calls that no error. */
  override async commitTransaction(): Promise<void> {
    const client = this.databaseConnection as PoolClient;
    gatherWrites(client);
    const { command } = await client.query('COMMIT');
    await this.begun;
    if (command !== 'COMMIT') throw new Error('The transaction was taken back: a statement in it failed.');
    this.isTransactionActive = false;
  }
}

export class PromptSqliteRunner extends BetterSqlite3QueryRunner {
  private readonly prepared = new Map<string, SqliteStatement>();

  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/require-await -- TypeORM's word for it; a failure is a rejection
  override async query(text: string, parameters: any[] = [], isStructured = false): Promise<any> {
    // better-sqlite3 binds no booleans.
    const values = parameters.map((value: unknown) => (typeof value === 'boolean' ? Number(value) : value));
    try {
      const statement = this.prepare(text);
      if (statement.reader) {
        const rows = statement.all(...values);
        return isStructured ? resultOf({ raw: rows, records: rows }) : rows;
      }
      const { changes, lastInsertRowid } = statement.run(...values);
      return isStructured ? resultOf({ raw: lastInsertRowid, records: [], affected: changes }) : lastInsertRowid;
    } catch (error) {
      throw new QueryFailedError(text, parameters, error as Error);
    }
  }

  private prepare(text: string): SqliteStatement {
    const known = this.prepared.get(text);
    if (known !== undefined) return known;
    const statement = (this.driver.databaseConnection as SqliteConnection).prepare(text);
    this.prepared.set(text, statement);
    const [oldest] = this.prepared.keys();
    if (this.prepared.size > MAX_PREPARED && oldest !== undefined) this.prepared.delete(oldest);
    return statement;
  }
}

/** All that is sent before the event loop turns goes to the socket at once: a write of its own costs more than a statement. */
function gatherWrites(client: PoolClient): void {
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } }).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

function resultOf(result: Pick<QueryResult, 'raw' | 'records' | 'affected'>): QueryResult {
  return Object.assign(new QueryResult(), result);
}
