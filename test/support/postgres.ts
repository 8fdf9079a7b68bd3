import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { serviceUrl } from './services';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** An empty database of its own on the real Postgres. Drop it when done; connections still open are cut. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const base = serviceUrl('postgres');
  const name = `mock_server_test_${randomBytes(6).toString('hex')}`;
  await onPostgres(base, client => client.query(`CREATE DATABASE ${name}`));
  const url = new URL(base);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await onPostgres(base, client => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** Runs one piece of work on a connection of its own. */
export async function onPostgres<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
