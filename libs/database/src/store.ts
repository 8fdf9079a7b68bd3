import type { EntityManager } from 'typeorm';
import type { Turn } from './turnstile';

export type Work<T> = (manager: EntityManager) => Promise<T>;

export interface StoreCall {
  readonly signal: AbortSignal;
  readonly turn: Turn;
}

/** What the two dialects do differently. `Database` decides when it counts as up or down. */
export interface Store {
  readonly dialect: 'sqlite' | 'postgres';
  /** Connects and migrates. May be called again after a failure, or after the database was lost. */
  open(): Promise<void>;
  /** Resolves while the database answers; rejects soon when it does not. */
  probe(): Promise<void>;
  read<T>(work: Work<T>, call: StoreCall): Promise<T>;
  transaction<T>(work: Work<T>, call: StoreCall): Promise<T>;
  /** The database was declared down: break off the calls under way, so that none of them commits later. */
  abandon(): void;
  /** Tells other processes on this database, once the transaction commits; nothing where there can be no other. */
  hint(manager: EntityManager, text: string): void;
  close(): Promise<void>;
}
