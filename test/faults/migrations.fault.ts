import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { migrations } from '@mock-server/migrations';
import { eventually } from '../support/eventually';
import { figure, sized } from '../support/faults';
import { createTestDatabase, onPostgres } from '../support/postgres';

const command = join(__dirname, '../../dist/cli.js');
const holderQuery = `SELECT application_name AS name FROM pg_stat_activity JOIN pg_locks USING (pid)
  WHERE locktype = 'advisory' AND granted AND datname = current_database()`;
const schemaQuery = `SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') AS line
  FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`;

interface Migrating {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

/** `mock-server migrate` in a process of its own, whose connection bears its name. */
function migrate(url: string, name: string): Migrating {
  const env = { PATH: process.env['PATH'], DATABASE_URL: `${url}?application_name=${name}` };
  const child = spawn(process.execPath, [command, 'migrate'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, ended: new Promise(resolve => child.on('close', code => resolve({ code, output }))) };
}

const read = (url: string, query: string): Promise<string[]> =>
  onPostgres(url, async client => (await client.query<Record<string, string>>(query)).rows.map(row => Object.values(row)[0]!)); // prettier-ignore

async function schemaOfOne(): Promise<string[]> {
  const database = await createTestDatabase();
  try {
    expect((await migrate(database.url, 'alone').ended).code).toBe(0);
    return await read(database.url, schemaQuery);
  } finally {
    await database.drop();
  }
}

/** Gives how many migrations were made when the one that held the lock was killed. */
async function round(wanted: readonly string[]): Promise<number> {
  const database = await createTestDatabase();
  const runs = new Map(['one', 'two', 'three', 'four'].map(name => [name, migrate(database.url, name)]));
  try {
    let holder: string | undefined;
    await onPostgres(database.url, async client => {
      const hasHolder = async (): Promise<boolean> => {
        holder = (await client.query<{ name: string }>(holderQuery)).rows[0]?.name;
        return holder !== undefined;
      };
      await eventually(hasHolder);
    });
    await new Promise(resolve => setTimeout(resolve, Math.random() * 60));
    const killed = runs.get(holder!)!;
    const wasRunning = killed.child.kill('SIGKILL');
    const made = (await read(database.url, `SELECT name FROM migrations`).catch(() => [])).length;
    runs.delete(holder!);
    const results = await Promise.all([...runs.values()].map(run => run.ended));
    expect(results.map(({ code, output }) => (code === 0 ? 'fine' : output))).toEqual(['fine', 'fine', 'fine']);
    expect(await read(database.url, `SELECT name FROM migrations ORDER BY id`)).toEqual(
      migrations.map(one => one.name),
    );
    expect(await read(database.url, schemaQuery)).toEqual(wanted);
    expect(await read(database.url, holderQuery)).toEqual([]);
    return wasRunning ? made : migrations.length;
  } finally {
    for (const { child } of runs.values()) child.kill('SIGKILL');
    await database.drop();
  }
}

it('F-11 of four processes that migrate at once one is killed in the middle: the others go on, and the schema is made once', async () => {
  const wanted = await schemaOfOne();
  const rounds = sized('FAULT_MIGRATIONS', 3);
  const made: number[] = [];
  for (let i = 0; i < rounds; i++) made.push(await round(wanted));
  const inTheMiddle = made.filter(count => count < migrations.length).length;
  expect(inTheMiddle).toBeGreaterThan(0);
  figure(
    'F-11',
    `${rounds} rounds of 4 processes, the one with the lock killed, in ${inTheMiddle} of them before the last migration; the other ${rounds * 3} fine, schema as of one process, lock released`,
  );
}, 600_000);
