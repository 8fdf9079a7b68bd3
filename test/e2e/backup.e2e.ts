import { execFile } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { call } from '../support/http-call';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type ServerEnv, type TestServer } from '../support/server';

const cli = join(__dirname, '../../dist/cli.js');
const mockCount = 10_000;
/** From a backup file to the first answer of a server on it. */
const servedWithinMs = 60_000;
/** The pace of the writers, from before a backup begins to its end. */
const wantedWritesPerSecond = 200;
/** The machine may have much else to do: a backup that got clearly fewer writes is taken again, and half of them must do in the end. */
const maxTries = 3;
const satisfyingWritesPerSecond = 190;
const leastWritesPerSecond = 100;
let scratch: Scratch;

beforeAll(async () => {
  scratch = await makeScratch();
});
afterAll(() => scratch.remove());

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function command(env: ServerEnv, ...args: readonly string[]): Promise<Outcome> {
  return new Promise(resolve => {
    execFile(
      process.execPath,
      [cli, ...args],
      { env: { PATH: process.env['PATH'], ...env } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}

const mapping = (n: number): object => ({ request: { url: `/m/${n}` }, response: { body: `body ${n}` } });
const backupsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter(name => /\.(pgdump|sqlite)$/.test(name))
    .sort();

/** Writes so many mocks a second, as far as the server keeps up, until it is told to stop; gives how many a second it acknowledged. */
function writeOn(server: TestServer, perSecond: number): { stop(): Promise<number> } {
  const agent = new Agent({ keepAlive: true });
  const begin = performance.now();
  let isStopped = false;
  let begun = 0;
  let acknowledged = 0;
  const writers = Array.from({ length: 16 }, async () => {
    while (!isStopped) {
      const n = begun++;
      await delay(begin + (n * 1_000) / perSecond - performance.now());
      const body = { request: { url: `/w/${n}` }, response: { body: 'w' } };
      const { status } = await call(server.url, 'POST /__admin/mappings', { body, agent });
      if (status === 201) acknowledged++;
    }
  });
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(writers);
      agent.destroy();
      return (acknowledged * 1_000) / (performance.now() - begin);
    },
  };
}

describe.each(['PostgreSQL', 'SQLite'] as const)('a backup of %s', kind => {
  let databases: TestDatabase[] = [];
  let env: ServerEnv;
  let emptyEnv: ServerEnv;
  let server: TestServer;
  let folder: string;
  let file: string;
  let writesPerSecond: number;

  beforeAll(async () => {
    const at = (name: string): string => join(scratch.folder, `${kind}-${name}`);
    if (kind === 'PostgreSQL') databases = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const urls =
      kind === 'PostgreSQL' ? databases.map(({ url }) => url) : ['a.db', 'b.db'].map(name => `sqlite:${at(name)}`);
    env = { DATABASE_URL: urls[0]!, DATA_DIR: at('data') };
    emptyEnv = { DATABASE_URL: urls[1]!, DATA_DIR: at('data2') };
    folder = at('backups');
    server = await startServer(env);
    const mappings = Array.from({ length: mockCount }, (_, n) => mapping(n));
    await call(server.url, 'POST /__admin/mappings/import', { body: { mappings } });
    writesPerSecond = 0;
    for (let tries = 0; tries < maxTries && writesPerSecond < satisfyingWritesPerSecond; tries++) {
      const writing = writeOn(server, wantedWritesPerSecond);
      const made = await command(env, 'backup', '--to', folder);
      writesPerSecond = await writing.stop();
      expect(made).toMatchObject({ code: 0, output: expect.stringContaining('restored it to prove it') });
    }
    file = join(folder, backupsIn(folder).at(-1)!);
  });
  afterAll(async () => {
    await server?.stop();
    await Promise.all(databases.map(database => database.drop()));
  });

  it('taken while mocks are written restores into an empty server as a consistent state that it serves', async () => {
    const begin = performance.now();
    const restored = await command(emptyEnv, 'restore', file);
    expect(restored).toMatchObject({ code: 0 });
    const { rows } = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as { rows: Record<string, number> };
    const again = await startServer(emptyEnv);
    const first = await call(again.url, 'GET /m/1');
    const tookMs = performance.now() - begin;
    process.stdout.write(
      `${kind}: backup under ${Math.round(writesPerSecond)} of ${wantedWritesPerSecond} writes/s; ${rows['mocks']} mocks served ${(tookMs / 1_000).toFixed(1)} s after the restore began\n`,
    );
    try {
      expect(writesPerSecond).toBeGreaterThanOrEqual(leastWritesPerSecond);
      expect(first.text).toBe('body 1');
      expect(tookMs).toBeLessThan(servedWithinMs);
      const { json } = await call(again.url, 'GET /__admin/mappings?limit=1');
      const answers = await Promise.all([0, mockCount - 1].map(n => call(again.url, `GET /m/${n}`)));
      const made = await call(again.url, 'POST /__admin/mappings', { body: mapping(mockCount) });
      expect(json.meta.total).toBe(rows['mocks']);
      expect(json.meta.total).toBeGreaterThanOrEqual(mockCount);
      expect(answers.map(({ text }) => text)).toEqual(['body 0', `body ${mockCount - 1}`]);
      expect(made.status).toBe(201);
    } finally {
      await again.stop();
    }
  });

  it('is not restored over what is there, unless that is asked for', async () => {
    const refused = await command(emptyEnv, 'restore', file);
    const replaced = await command(emptyEnv, 'restore', file, '--replace');
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('--replace') });
    expect(replaced).toMatchObject({ code: 0 });
  });

  it('is verified by a real restore, and leaves no scratch database behind', async () => {
    expect(await command(env, 'verify-backup', file)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/is good: \d+ mocks in 1 workspaces/),
    });
    expect(readdirSync(folder).filter(name => /verify|partial/.test(name))).toEqual([]);
  });

  it.each<[string, (copy: string) => void]>([
    [
      'a flipped byte',
      copy =>
        writeFileSync(
          copy,
          readFileSync(copy).map((byte, n) => (n === 5_000 ? byte ^ 1 : byte)),
        ),
    ],
    ['its end cut off', copy => truncateSync(copy, 3_000)],
    ['nothing in it', copy => truncateSync(copy, 0)],
    ['a manifest of another kind', copy => writeFileSync(`${copy}.json`, '{"kind":"mysql"}')],
  ])('with %s fails loudly, to verify and to restore', async (_what, damage) => {
    const copy = join(scratch.folder, `damaged-${kind}`);
    copyFileSync(file, copy);
    copyFileSync(`${file}.json`, `${copy}.json`);
    damage(copy);
    for (const [name, ...more] of [['verify-backup'], ['restore', '--replace']] as const) {
      expect(await command(emptyEnv, name, copy, ...more)).toMatchObject({
        code: 1,
        output: expect.stringMatching(/damaged/),
      });
    }
  });

  it('lets older ones go, but never the last good one, and no damaged one counts as good', async () => {
    for (let n = 0; n < 2; n++) expect((await command(env, 'backup', '--to', folder, '--keep', '2')).code).toBe(0);
    expect(backupsIn(folder)).toHaveLength(2);
    const newest = join(folder, backupsIn(folder).at(-1)!);
    truncateSync(newest, 10);
    expect((await command(env, 'backup', '--to', folder, '--keep', '1')).code).toBe(0);
    const left = backupsIn(folder);
    expect(left).toHaveLength(2);
    expect((await command(env, 'verify-backup', join(folder, left.at(-1)!))).code).toBe(0);
  });

  it('that cannot be made leaves the others alone, and is an error', async () => {
    const before = readdirSync(folder);
    const nowhere = kind === 'PostgreSQL' ? 'postgresql://u:s3cret@127.0.0.1:1/x' : 'sqlite:/nowhere/at/all.db';
    const failed = await command({ ...env, DATABASE_URL: nowhere }, 'backup', '--to', folder, '--keep', '1');
    expect(failed.code).toBe(1);
    expect(failed.output).not.toContain('s3cret');
    expect(readdirSync(folder)).toEqual(before);
  });
});

it('a command that is not understood says how it is used, with exit code 2', async () => {
  for (const args of [
    ['backup'],
    ['backup', '--to', 'x', '--keep', '0'],
    ['restore'],
    ['verify-backup', 'a', 'b'],
    ['bakcup'],
  ]) {
    expect(await command({}, ...args)).toMatchObject({
      code: 2,
      output: expect.stringContaining('Usage: mock-server'),
    });
  }
});
