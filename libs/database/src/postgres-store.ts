import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { PoolClient } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import { DatabaseUnavailableError, translateError } from './database-errors';
import { migratePostgres } from './migrate';
import { HINT_CHANNEL, PostgresProbe } from './postgres-probe';
import { runLater, settle, sql } from './sql';
import type { Store, StoreCall, Work } from './store';
import { Turnstile } from './turnstile';

interface PostgresStoreOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly source: DataSource;
  /** Called when a connection breaks: time to look. */
  readonly onSuspicion: () => void;
  readonly onHint: (text: string) => void;
}

export class PostgresStore implements Store {
  readonly dialect = 'postgres';
  private readonly callers: Turnstile;
  private readonly probing: PostgresProbe;
  private readonly busyClients = new Set<PoolClient>();
  /** Marks the hints of this process: what it did itself it knows. */
  private readonly origin = randomUUID();

  constructor(private readonly options: PostgresStoreOptions) {
    this.callers = new Turnstile({ places: options.poolSize, maxWaiting: 200, maxWaitMs: 5_000 });
    this.probing = new PostgresProbe(options.url, { onLost: options.onSuspicion, onHint: text => this.hear(text) });
  }

  async open(): Promise<void> {
    const { source, url } = this.options;
    await this.probe();
    await migratePostgres(url);
    if (source.isInitialized) await this.renewPool();
    else await this.initialize();
  }

  probe(): Promise<void> {
    return this.probing.ask();
  }

  read<T>(work: Work<T>, call: StoreCall): Promise<T> {
    return this.onConnection(runner => work(runner.manager), call);
  }

  transaction<T>(work: Work<T>, call: StoreCall): Promise<T> {
    return this.onConnection(async runner => {
      await runner.startTransaction();
      try {
        const result = await work(runner.manager);
        call.signal.throwIfAborted();
        const committed = runner.commitTransaction();
        committed.catch(() => undefined);
        await settle(runner.manager); // its error says more than that of COMMIT
        await committed;
        return result;
      } catch (error) {
        if (!(translateError(error) instanceof DatabaseUnavailableError)) await runner.rollbackTransaction();
        throw error;
      }
    }, call);
  }

  hint(manager: EntityManager, text: string): void {
    runLater(manager, sql`SELECT pg_notify(${HINT_CHANNEL}, ${`${text}@${this.origin}`})`.prepared());
  }

  abandon(): void {
    for (const client of this.busyClients) hangUp(client);
  }

  async close(): Promise<void> {
    this.probing.close();
    if (this.options.source.isInitialized) await this.options.source.destroy();
  }

  private onConnection<T>(use: (runner: QueryRunner) => Promise<T>, { signal, turn }: StoreCall): Promise<T> {
    return this.callers.pass(async () => {
      signal.throwIfAborted();
      const runner = this.options.source.createQueryRunner();
      let client: PoolClient | undefined;
      try {
        client = (await runner.connect()) as PoolClient;
        this.busyClients.add(client);
        signal.throwIfAborted();
        return await use(runner);
      } catch (error) {
        // A connection whose last statement timed out is still busy with it: not for the next caller.
        if (client && translateError(error) instanceof DatabaseUnavailableError) hangUp(client);
        throw error;
      } finally {
        if (client) this.busyClients.delete(client);
        await runner.release();
      }
    }, turn);
  }

  private hear(text: string): void {
    const at = text.lastIndexOf('@');
    if (text.slice(at + 1) !== this.origin) this.options.onHint(at === -1 ? text : text.slice(0, at));
  }

  private async initialize(): Promise<void> {
    const { source } = this.options;
    try {
      await source.initialize();
    } catch (error) {
      if (!source.isInitialized) await source.driver.disconnect().catch(() => undefined);
      throw error;
    }
  }

  /** Idle connections from before may be dead without knowing it (a firewall forgot them): start with fresh ones. */
  private async renewPool(): Promise<void> {
    const driver = this.options.source.driver as PostgresDriver;
    const old = driver.master as { end(): Promise<void> } | undefined;
    await driver.connect();
    old?.end().catch(() => undefined);
  }
}

/** Closes at once, whatever is still under way: `end` alone would wait for it. */
function hangUp(client: PoolClient): void {
  const { connection } = client as unknown as { readonly connection: { readonly stream: Socket } };
  // So that the pool does not take it back.
  (client as unknown as { end(): Promise<void> }).end().catch(() => undefined);
  connection.stream.destroy();
}
