import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

const run = promisify(execFile);

/** One consistent snapshot, however much is written meanwhile. */
export async function dumpPostgres(url: string, file: string): Promise<void> {
  await usingTool(url, 'pg_dump', ['--format=custom', '--no-owner', '--no-privileges', `--file=${file}`]);
}

/** All or nothing: one transaction. With `replace` what was there goes in the same one. */
export async function restorePostgres(
  url: string,
  file: string,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  if (!replace && (await hasTables(url)))
    throw new Error(
      'The database of DATABASE_URL is not empty: name an empty one, or add --replace to put the backup in its place.',
    );
  const clean = replace ? ['--clean', '--if-exists'] : [];
  await usingTool(url, 'pg_restore', [
    '--exit-on-error',
    '--single-transaction',
    '--no-owner',
    '--no-privileges',
    ...clean,
    file,
  ]);
}

/** Restores into a database made for it, counts, and drops it. */
export async function tryPostgres(url: string, file: string): Promise<Record<string, number>> {
  const name = `mock_server_verify_${randomBytes(6).toString('hex')}`;
  const scratch = new URL(url);
  scratch.pathname = `/${name}`;
  await query(url, `CREATE DATABASE ${name}`).catch((error: unknown) => {
    throw new Error(
      `A scratch database for the verification cannot be made: let the user of DATABASE_URL make databases (ALTER USER … CREATEDB), or add --no-verify. ${messageOf(error)}`,
      { cause: error },
    );
  });
  try {
    await restorePostgres(scratch.href, file, { replace: false });
    return await countRows(scratch.href);
  } finally {
    await query(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
}

async function countRows(url: string): Promise<Record<string, number>> {
  const tables = await query<{ name: string }>(
    url,
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await query<{ count: string }>(url, `SELECT count(*) FROM "${name.replaceAll('"', '""')}"`);
    counts[name] = Number(row?.count);
  }
  return counts;
}

async function hasTables(url: string): Promise<boolean> {
  return (await query(url, `SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1`)).length > 0;
}

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: 'mock-server backup',
  });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The password goes by a file: a list of processes shows arguments to everybody. */
async function usingTool(url: string, tool: 'pg_dump' | 'pg_restore', args: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mock-server-backup-'));
  try {
    const target = new URL(url);
    const passFile = join(folder, 'pgpass');
    const password = decodeURIComponent(target.password).replaceAll(/[\\:]/g, '\\$&');
    await writeFile(passFile, `*:*:*:*:${password}\n`, { mode: 0o600 });
    target.password = '';
    target.searchParams.set('passfile', passFile);
    await run(tool, [...args, `--dbname=${target.href}`], { maxBuffer: 1024 * 1024 });
  } catch (error) {
    throw new Error(sentenceOf(tool, error), { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sentenceOf(tool: string, error: unknown): string {
  const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
  if (code === 'ENOENT')
    return `${tool} is not installed: install PostgreSQL's client programs, or use the image mock-server-backup, which has them.`;
  const lines = stderr.trim().split('\n').slice(0, 3).join(' ');
  return `${tool} failed: ${lines === '' ? messageOf(error) : lines}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
