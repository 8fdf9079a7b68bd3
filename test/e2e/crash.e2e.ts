import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Sqlite } from '@mock-server/database';
import { figure, quantile, sized } from '../support/faults';
import { call } from '../support/http-call';
import { createTestDatabase } from '../support/postgres';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type ServerEnv, type TestServer } from '../support/server';

/** `CRASH_ROUNDS=200 npx jest test/e2e/crash` is the full proof, also in pieces, `-t SQLite`; an ordinary run does fewer. */
const rounds = sized('CRASH_ROUNDS', 8);
const testMs = Math.max(120_000, rounds * 10_000);
const writers = 4;
const readyWithinMs = 5_000;
/** Long enough that a half-written mock would show: the same version stands at its begin and its end. */
const filling = 'x'.repeat(4_000);

/** What a mock must be: a version, or undefined for absent. */
type Version = number | undefined;
interface Write {
  readonly id: string;
  readonly wanted: Version;
}

/** What was acknowledged, and what was asked and not answered when the server died. */
class Ledger {
  readonly acknowledged = new Map<string, Version>();
  readonly pending = new Map<string, Version>();
  count = 0;
  private readonly awaiting: (() => void)[] = [];

  async write({ id, wanted }: Write, send: () => Promise<number>): Promise<void> {
    this.pending.set(id, wanted);
    const status = await send();
    if (status !== 200 && status !== 201) throw new Error(`A write was answered with ${status}`);
    this.acknowledged.set(id, wanted);
    this.pending.delete(id);
    this.count++;
    for (const tell of this.awaiting.splice(0)) tell();
  }

  nextWrite(): Promise<void> {
    return new Promise(resolve => this.awaiting.push(resolve));
  }

  /** What a mock may be after the crash: as acknowledged, or, when a write was under way, as that wanted it. */
  allows(id: string, found: Version): boolean {
    return found === this.acknowledged.get(id) || (this.pending.has(id) && found === this.pending.get(id));
  }

  /** Takes what is there as what was acknowledged, for the next round. */
  settle(found: ReadonlyMap<string, Version>): void {
    for (const id of this.pending.keys()) this.acknowledged.set(id, found.get(id));
    this.pending.clear();
  }
}

const mapping = (id: string, version: number): object => ({
  id,
  name: `version ${version}`,
  request: { method: 'GET', url: `/${id}` },
  response: { body: `${version}:${filling}:${version}` },
  metadata: { version },
});

function versionIn(text: string): Version {
  const match = /^(\d+):(x*):(\d+)$/.exec(text);
  if (match?.[1] === undefined || match[1] !== match[3] || match[2] !== filling)
    throw new Error(`A mock is half-written: ${text.slice(0, 100)}`);
  return Number(match[1]);
}

/** One client that creates, replaces and deletes its own mocks until the server is gone. */
async function writeUntilItDies(server: TestServer, ledger: Ledger, own: string[]): Promise<void> {
  try {
    for (let step = 0; ; step++) {
      const id = step % 4 === 0 || own.length === 0 ? randomUUID() : own[step % own.length]!;
      const version = ledger.acknowledged.get(id);
      if (version === undefined) {
        if (!own.includes(id)) own.push(id);
        await ledger.write({ id, wanted: 1 }, async () => (await post(server, mapping(id, 1))).status);
      } else if (step % 5 === 3) {
        const send = async () => (await call(server.url, `DELETE /__admin/mappings/${id}`)).status;
        await ledger.write({ id, wanted: undefined }, send);
      } else {
        const body = mapping(id, version + 1);
        const send = async () => (await call(server.url, `PUT /__admin/mappings/${id}`, { body })).status;
        await ledger.write({ id, wanted: version + 1 }, send);
      }
    }
  } catch (error) {
    if (!/ECONNRESET|ECONNREFUSED|EPIPE|socket hang up|aborted/.test(String(error))) throw error;
  }
}

const post = (server: TestServer, body: object) => call(server.url, 'POST /__admin/mappings', { body });

async function readVersions(server: TestServer): Promise<Map<string, Version>> {
  const { json } = await call(server.url, 'GET /__admin/mappings');
  const found = new Map<string, Version>();
  for (const { id, response, metadata } of json.mappings) {
    const version = versionIn(response.body);
    expect(metadata).toEqual({ version });
    found.set(id, version);
  }
  expect(json.meta.total).toBe(found.size);
  return found;
}

/** What traffic answers must be what the admin API says. */
async function expectServed(server: TestServer, ids: readonly string[], found: ReadonlyMap<string, Version>) {
  for (const id of ids) {
    const { status, text } = await call(server.url, `GET /${id}`);
    expect([id, status === 404 ? undefined : versionIn(text)]).toEqual([id, found.get(id)]);
  }
}

interface Outcome {
  readonly writes: number;
  /** From each start of the process until it is ready. */
  readonly readyMs: readonly number[];
}

async function crashRounds(env: ServerEnv, check: () => Promise<void>): Promise<Outcome> {
  const ledger = new Ledger();
  const own = Array.from({ length: writers }, (): string[] => []);
  const readyMs: number[] = [];
  let server = await startServer(env);
  try {
    for (let round = 1; round <= rounds; round++) {
      const dying = Promise.all(own.map(mine => writeUntilItDies(server, ledger, mine)));
      const killAfterMs = 5 + Math.floor(Math.random() * 296);
      // The random moment of the crash is what is tested. It counts from the first acknowledged write in every second round, so that
      // a machine on which the first one takes long is not killed before it each time.
      const began = round % 2 === 0 ? ledger.nextWrite() : Promise.resolve();
      const killed = began
        .then(() => new Promise(resolve => setTimeout(resolve, killAfterMs)))
        .then(() => server.kill());
      await Promise.all([dying, killed]);
      await check();

      const begin = performance.now();
      server = await startServer(env);
      readyMs.push(performance.now() - begin);
      const found = await readVersions(server);
      const touched = [...new Set([...ledger.acknowledged.keys(), ...ledger.pending.keys(), ...found.keys()])];
      const lost = touched.filter(id => !ledger.allows(id, found.get(id)));
      const tell = (id: string): string =>
        `${id} was acknowledged as ${ledger.acknowledged.get(id)}, is ${found.get(id)}, pending ${ledger.pending.has(id)}`;
      expect({ round, killAfterMs, lost: lost.map(tell) }).toEqual({ round, killAfterMs, lost: [] });
      await expectServed(server, [...ledger.pending.keys(), ...touched.slice(-20)], found);
      ledger.settle(found);
    }
    expect(await server.stop()).toBe(0);
    return { writes: ledger.count, readyMs };
  } finally {
    await server.kill();
  }
}

function expectQuickStarts(row: string, { writes, readyMs }: Outcome): void {
  const [typical, longest] = [quantile(readyMs, 0.5), Math.max(...readyMs)].map(Math.round);
  const told = `${rounds} kills, ${writes} acknowledged writes, none lost; ready after ${typical} ms (median), ${longest} ms at most`;
  figure(row, told);
  process.stderr.write(`${row}: ${told}\n`);
  expect(writes).toBeGreaterThan(rounds);
  expect(longest).toBeLessThan(readyWithinMs);
}

describe(`after kill -9 during writes, ${rounds} times`, () => {
  let scratch: Scratch;
  beforeEach(async () => {
    scratch = await makeScratch();
  });
  afterEach(() => scratch.remove());

  it(
    'SQLite has every acknowledged write, none half-written, and is ready in less than 5 s',
    async () => {
      const file = join(scratch.folder, 'mock-server.db');
      const copies = join(scratch.folder, 'copies');
      // On a copy: opening the file itself would repair it before the server has to.
      const checkIntegrity = async (): Promise<void> => {
        await rm(copies, { recursive: true, force: true });
        await mkdir(copies);
        for (const part of ['', '-wal'])
          await copyFile(`${file}${part}`, join(copies, `copy.db${part}`)).catch((error: NodeJS.ErrnoException) => {
            if (part === '' || error.code !== 'ENOENT') throw error;
          });
        const copy = new Sqlite(join(copies, 'copy.db'));
        const verdict = copy.pragma('integrity_check', { simple: true });
        const broken = copy.pragma('foreign_key_check');
        copy.close();
        expect([verdict, broken]).toEqual(['ok', []]);
      };
      const outcome = await crashRounds({ DATABASE_URL: `sqlite:${file}`, DATA_DIR: scratch.folder }, checkIntegrity);
      await checkIntegrity();
      expectQuickStarts('F-02', outcome);
    },
    testMs,
  );

  it(
    'Postgres has every acknowledged write, none half-written, and is ready in less than 5 s',
    async () => {
      const database = await createTestDatabase();
      try {
        const outcome = await crashRounds({ DATABASE_URL: database.url, DATA_DIR: scratch.folder }, () =>
          Promise.resolve(),
        );
        expectQuickStarts('F-01', outcome);
      } finally {
        await database.drop();
      }
    },
    testMs,
  );
});
