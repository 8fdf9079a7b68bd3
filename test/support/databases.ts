import { join } from 'node:path';
import type { DatabaseConfig } from '@mock-server/config';
import { createTestDatabase } from './postgres';
import { makeScratch } from './scratch';

export interface EmptyDatabase {
  readonly config: DatabaseConfig;
  drop(): Promise<void>;
}

/** Both dialects, for a suite that holds for each: `describe.each(DIALECTS)('on %s', (dialect) => ... emptyDatabase(dialect))`. */
export const DIALECTS = ['sqlite', 'postgres'] as const;

export async function emptyDatabase(dialect: (typeof DIALECTS)[number]): Promise<EmptyDatabase> {
  if (dialect === 'sqlite') {
    const scratch = await makeScratch();
    return { config: { kind: 'sqlite', file: join(scratch.folder, 'mock-server.db') }, drop: () => scratch.remove() };
  }
  const database = await createTestDatabase();
  return { config: { kind: 'postgres', url: database.url, poolSize: 5 }, drop: () => database.drop() };
}

/** An empty database, and an empty folder for whatever stands beside it. */
export interface EmptyStorage {
  readonly database: DatabaseConfig;
  readonly folder: string;
  remove(): Promise<void>;
}

export async function emptyStorage(dialect: (typeof DIALECTS)[number]): Promise<EmptyStorage> {
  const [empty, scratch] = await Promise.all([emptyDatabase(dialect), makeScratch()]);
  return {
    database: empty.config,
    folder: scratch.folder,
    remove: async () => {
      await Promise.all([empty.drop(), scratch.remove()]);
    },
  };
}
