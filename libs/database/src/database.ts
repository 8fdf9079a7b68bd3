import { CONFIG, type Config, type DatabaseConfig } from '@mock-server/config';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { DatabaseStartError, DatabaseUnavailableError, messageOf, translateError } from './database-errors';
import { PostgresStore } from './postgres-store';
import { SqliteStore } from './sqlite-store';
import type { Store, Work } from './store';
import type { Turn } from './turnstile';

const PROBE_EVERY_MS = 1_000;
/** A call that takes this long makes us ask whether the database is still there. */
const SUSPICIOUS_AFTER_MS = 100;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 3_000;

export interface DatabaseState {
  readonly dialect: 'sqlite' | 'postgres';
  readonly up: boolean;
  /** Since when it is up, or down: milliseconds since 1970. */
  readonly since: number;
  /** The newest reason why a call or a connection failed. Without secrets. */
  readonly lastError?: string;
  readonly callsUnderWay: number;
}

/**
 * The one way to the database. Calls are refused at once while it is down, and broken off when it goes down under them:
 * nobody waits a second for a dead database.
 */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Database');
  private readonly store: Store;
  private readonly listeners: (() => Promise<void> | void)[] = [];
  private readonly hintListeners: ((text: string) => void)[] = [];
  private readonly breakOff = new Set<(reason: DatabaseUnavailableError) => void>();
  private up = false;
  private since = Date.now();
  private lastError: string | undefined;
  private stopped = false;
  private wake: (() => void) | undefined;
  private keeping: Promise<void> = Promise.resolve();

  constructor(@Inject(CONFIG) config: Pick<Config, 'database'>, @InjectDataSource() source: DataSource) {
    this.store = storeOf(config.database, source, {
      onSuspicion: () => this.suspect(),
      onHint: text => this.tellHint(text),
    });
  }

  get dialect(): 'sqlite' | 'postgres' {
    return this.store.dialect;
  }

  get isUp(): boolean {
    return this.up;
  }

  state(): DatabaseState {
    return {
      dialect: this.dialect,
      up: this.up,
      since: this.since,
      ...(this.lastError === undefined ? {} : { lastError: this.lastError }),
      callsUnderWay: this.breakOff.size,
    };
  }

  read<T>(work: Work<T>, turn: Turn = 'usual'): Promise<T> {
    return this.call(signal => this.store.read(work, { signal, turn }));
  }

  transaction<T>(work: Work<T>, turn: Turn = 'usual'): Promise<T> {
    return this.call(signal => this.store.transaction(work, { signal, turn }));
  }

  /** Calls the listener each time the database becomes usable, after migrations; at once if it is up already. */
  onUp(listener: () => Promise<void> | void): void {
    this.listeners.push(listener);
    if (this.up) void this.tell(listener);
  }

  /** For other replicas, once the transaction commits. A hint may get lost: what it tells of must be found without it, too. */
  hint(manager: EntityManager, text: string): void {
    this.store.hint(manager, text);
  }

  /** Hints of the other replicas. */
  onHint(listener: (text: string) => void): void {
    this.hintListeners.push(listener);
  }

  /** A SQLite file is opened here and now, and if it can never work the start fails; a Postgres server is not waited for. */
  async onModuleInit(): Promise<void> {
    let isFirstTryOver = false;
    if (this.dialect === 'sqlite') {
      isFirstTryOver = true;
      await this.open().catch((error: unknown) => {
        if (error instanceof DatabaseStartError) throw error;
        this.markDown(error);
      });
    }
    this.keeping = this.keepConnected(isFirstTryOver);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.wake?.();
    await this.keeping;
    this.up = false;
    await this.store.close();
  }

  private async keepConnected(isFirstTryOver: boolean): Promise<void> {
    let failures = isFirstTryOver && !this.up ? 1 : 0;
    while (!this.stopped) {
      if (failures > 0 || this.up) await this.pause(failures > 0 ? retryDelayMs(failures) : PROBE_EVERY_MS);
      if (this.stopped) return;
      try {
        await (this.up ? this.store.probe() : this.open());
        failures = 0;
      } catch (error) {
        failures++;
        this.markDown(error);
      }
    }
  }

  private tellHint(text: string): void {
    for (const listener of this.hintListeners) void this.tell(() => listener(text));
  }

  private async open(): Promise<void> {
    await this.store.open();
    this.up = true;
    this.since = Date.now();
    this.logger.log(`The database (${this.dialect}) is up`);
    for (const listener of this.listeners) void this.tell(listener);
  }

  private markDown(error: unknown): void {
    const reason = messageOf(error);
    if (this.up || this.lastError !== reason) {
      this.logger.warn(`The database (${this.dialect}) is not usable, retrying: ${reason}`);
    }
    this.lastError = reason;
    if (!this.up) return;
    this.up = false;
    this.since = Date.now();
    for (const reject of this.breakOff) reject(this.unavailable());
    this.store.abandon();
  }

  private call<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (!this.up) return Promise.reject(this.unavailable());
    const abort = new AbortController();
    return new Promise<T>((resolve, reject) => {
      const breakOff = (reason: DatabaseUnavailableError): void => {
        abort.abort(reason);
        reject(reason);
      };
      const timer = setTimeout(() => this.suspect(), SUSPICIOUS_AFTER_MS);
      this.breakOff.add(breakOff);
      run(abort.signal)
        .then(resolve, (error: unknown) => reject(this.explain(error)))
        .finally(() => {
          clearTimeout(timer);
          this.breakOff.delete(breakOff);
        });
    });
  }

  private explain(error: unknown): Error {
    const translated = translateError(error);
    if (translated instanceof DatabaseUnavailableError) {
      this.lastError = messageOf(translated.cause ?? translated);
      this.suspect();
    }
    return translated instanceof Error ? translated : new Error(String(translated));
  }

  private unavailable(): DatabaseUnavailableError {
    return new DatabaseUnavailableError(
      'The database is not reachable. Mocks go on being served; try this again in a few seconds.',
    );
  }

  /** Look now instead of at the next second. While down, the pace of the retries stays. */
  private suspect(): void {
    if (this.up) this.wake?.();
  }

  private pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async tell(listener: () => Promise<void> | void): Promise<void> {
    try {
      await listener();
    } catch (error) {
      this.logger.error(`A listener of the database failed: ${messageOf(error)}`);
    }
  }
}

function storeOf(
  config: DatabaseConfig,
  source: DataSource,
  events: { readonly onSuspicion: () => void; readonly onHint: (text: string) => void },
): Store {
  if (config.kind === 'sqlite') return new SqliteStore(config.file, source);
  return new PostgresStore({ url: config.url, poolSize: config.poolSize, source, ...events });
}

/** Grows to a cap; half of it is chance, so that replicas do not come back all at the same moment. */
function retryDelayMs(failures: number): number {
  const ceiling = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  return ceiling * (0.5 + Math.random() / 2);
}
