// Empty databases for what is measured on both dialects. PostgreSQL is TEST_POSTGRES_URL, or the usual one on loopback.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';

const postgresUrl = process.env.TEST_POSTGRES_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres';

/** Runs `work` with the url of an empty database, `sqlite` (a file in the folder) or `postgres`. */
export async function withDatabase(kind, folder, work) {
  if (kind === 'sqlite') return work(`sqlite:${join(folder, 'bench.db')}`);
  if (kind !== 'postgres') throw new Error(`'${kind}' is neither sqlite nor postgres`);
  const name = `mock_server_bench_${randomBytes(6).toString('hex')}`;
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  await onPostgres(`CREATE DATABASE ${name}`);
  try {
    return await work(url.href);
  } finally {
    await onPostgres(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
}

async function onPostgres(statement) {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
