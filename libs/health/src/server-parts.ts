import { RedisConnection } from '@mock-server/cache';
import { Database } from '@mock-server/database';
import { MockCatalog, STATE_STORE, type StateStore } from '@mock-server/mocks';
import { Inject, Injectable } from '@nestjs/common';
import { Lifecycle } from './lifecycle';

/** `degraded`: mocks are answered, something else is not. `down`: this replica should get no traffic. */
export type PartState = 'up' | 'degraded' | 'down';

export interface Part {
  readonly name: 'server' | 'catalog' | 'database' | 'redis' | 'ai';
  readonly state: PartState;
  /** A sentence for people. Public: no address, no error text. */
  readonly sentence: string;
}

/** What every server consists of and how each part is. Asks nobody over the network: each part knows its own state. */
@Injectable()
export class ServerParts {
  private wasLoaded = false;

  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly mocks: MockCatalog,
    private readonly storage: Database,
    private readonly connection: RedisConnection,
    @Inject(STATE_STORE) private readonly state: Pick<StateStore, 'reach'>,
  ) {}

  get isReady(): boolean {
    return this.mocks.isLoaded && this.lifecycle.isServing;
  }

  /** Whether the catalog was loaded once; stays true. */
  get hasStarted(): boolean {
    this.wasLoaded ||= this.mocks.isLoaded;
    return this.wasLoaded;
  }

  server(): Part {
    const { isServing, isDraining, uptimeSeconds } = this.lifecycle;
    if (isServing) return { name: 'server', state: 'up', sentence: `Running for ${uptimeSeconds} seconds.` };
    return isDraining
      ? { name: 'server', state: 'down', sentence: 'Shutting down: it finishes what it has and takes nothing new.' }
      : { name: 'server', state: 'down', sentence: 'Starting: it takes no traffic yet.' };
  }

  catalog(): Part {
    return this.mocks.isLoaded
      ? { name: 'catalog', state: 'up', sentence: 'The mocks are loaded.' }
      : { name: 'catalog', state: 'down', sentence: 'The mocks are not loaded yet.' };
  }

  database(): Part {
    const { since } = this.storage.state();
    const product = this.storage.dialect === 'postgres' ? 'PostgreSQL' : 'SQLite';
    if (this.storage.isUp) return { name: 'database', state: 'up', sentence: `${product} is up.` };
    const sinceText = new Date(since).toISOString();
    const sentence = `${product} is down since ${sinceText}. Mocks are answered from memory; changes get 503 until it is back.`;
    return { name: 'database', state: 'degraded', sentence };
  }

  redis(): Part {
    if (!this.connection.configured) {
      return { name: 'redis', state: 'up', sentence: this.alone() };
    }
    return this.connection.isUp && this.state.reach === 'shared'
      ? { name: 'redis', state: 'up', sentence: 'Redis is up.' }
      : {
          name: 'redis',
          state: 'degraded',
          sentence:
            'Redis is down. Changes of mocks still reach the other replicas, through the database; what mocks remember and the journal are each replica’s own until it is back.',
        };
  }

  private alone(): string {
    const what = 'Not configured: what mocks remember, the journal and the cache are in the memory of this replica.';
    return this.storage.dialect === 'sqlite' ? what : `${what} Several replicas do not agree on them: set REDIS_URL.`;
  }

  all(): readonly Part[] {
    return [this.server(), this.catalog(), this.database(), this.redis()];
  }

  /** What the server depends on, for the `dependency_up` metric. Redis counts only where it is configured. */
  dependencies(): readonly { readonly name: string; readonly isUp: boolean }[] {
    const database = { name: 'database', isUp: this.storage.isUp };
    return this.connection.configured ? [database, { name: 'redis', isUp: this.connection.isUp }] : [database];
  }
}
