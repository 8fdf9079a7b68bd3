import {
  copyFileSync,
  chmodSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { join } from 'node:path';
import { type INestApplicationContext } from '@nestjs/common';
import { ended, saying, startScript } from '../../../test/support/child-process';
import { eventually } from '../../../test/support/eventually';
import { makeScratch, type Scratch } from '../../../test/support/scratch';
import { startContext } from '../../../test/support/start-context';
import { Database } from './database';
import { DatabaseStartError, DatabaseUnavailableError } from './database-errors';
import { migrateOnce } from './migrate';
import { Sqlite } from './sqlite';
import { openSqliteFile } from './sqlite-file';

const HOLD = join(__dirname, '../../../test/support/hold-database-script.ts');

describe('A SQLite file', () => {
  let scratch: Scratch;
  let file: string;
  const contexts: INestApplicationContext[] = [];

  beforeEach(async () => {
    scratch = await makeScratch();
    file = join(scratch.folder, 'mock-server.db');
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map(context => context.close()));
    await scratch.remove();
  });

  async function start(): Promise<Database> {
    const context = await startContext({ database: { kind: 'sqlite', file } });
    contexts.push(context);
    return context.get(Database);
  }

  it('is made with its folders, with WAL and full sync, and is ready when the start is over', async () => {
    file = join(scratch.folder, 'a/b/mock-server.db');
    const database = await start();
    expect(database.isUp).toBe(true);
    const pragma = (name: string): Promise<unknown> => database.transaction(manager => manager.query(`PRAGMA ${name}`));
    expect(await pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(await pragma('synchronous')).toEqual([{ synchronous: 2 }]);
    expect(await pragma('foreign_keys')).toEqual([{ foreign_keys: 1 }]);
    expect(await pragma('busy_timeout')).toEqual([{ timeout: 250 }]);
  });

  it('is refused while another process has it, and free when that one was killed, with all that it wrote', async () => {
    const config = JSON.stringify({ kind: 'sqlite', file });
    const holder = startScript(HOLD, [config]);
    let wrote = '';
    holder.stdout.on('data', (chunk: Buffer) => (wrote += chunk.toString()));
    await saying(holder, 'wrote 20.');
    await expect(start()).rejects.toThrow(/in use by another mock-server process. Stop that one, or/);
    await expect(migrateOnce({ kind: 'sqlite', file })).rejects.toThrow(DatabaseStartError);
    holder.kill('SIGKILL');
    await ended(holder);
    const acknowledged = Number(/.*wrote (\d+)\./s.exec(wrote)?.[1]);
    const database = await start();
    const [row] = await database.read<{ revision: number }[]>(manager =>
      manager.query('SELECT revision FROM workspaces'),
    );
    expect(row?.revision).toBeGreaterThanOrEqual(acknowledged);
  });

  it('is refused under any of its names', async () => {
    await start();
    const { symlinkSync } = await import('node:fs');
    const alias = join(scratch.folder, 'alias.db');
    symlinkSync(file, alias);
    expect(() => openSqliteFile(alias)).toThrow(/in use by another/);
  });

  it('is refused, and left alone, when it is not a database', async () => {
    writeFileSync(file, 'id,name\n'.repeat(1_000));
    await expect(start()).rejects.toThrow(/is damaged or is not a SQLite database/);
    expect(readFileSync(file, 'utf8')).toBe('id,name\n'.repeat(1_000));
  });

  it('is refused, and left alone, when a part of it is missing', async () => {
    await migrateOnce({ kind: 'sqlite', file });
    const { size } = statSync(file);
    truncateSync(file, size - 8_192);
    await expect(start()).rejects.toThrow(/is damaged/);
    expect(statSync(file).size).toBe(size - 8_192);
  });

  it('is refused when it is read-only', async () => {
    await migrateOnce({ kind: 'sqlite', file });
    chmodSync(file, 0o444);
    asNobody(scratch.folder, () => expect(() => openSqliteFile(file)).toThrow(/is read-only. Make it/));
  });

  it('is refused when its folder may not be entered', () => {
    const locked = join(scratch.folder, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o000);
    asNobody(scratch.folder, () => {
      expect(() => openSqliteFile(join(locked, 'x.db'))).toThrow(DatabaseStartError);
      expect(() => openSqliteFile(join(locked, 'deeper/x.db'))).toThrow(/cannot be made \(EACCES\)/);
    });
    chmodSync(locked, 0o700);
  });

  it('is refused when its folder is a file', async () => {
    writeFileSync(join(scratch.folder, 'plain'), '');
    file = join(scratch.folder, 'plain/x.db');
    await expect(start()).rejects.toThrow(DatabaseStartError);
  });

  it('that disappears takes the database down until it is back, and no new one is made', async () => {
    const database = await start();
    renameSync(file, `${file}.away`);
    await eventually(() => !database.isUp);
    const call = database.read(manager => manager.query('SELECT 1'));
    await expect(call).rejects.toThrow(DatabaseUnavailableError);
    expect(database.state().lastError).toMatch(/removed or replaced/);
    copyFileSync(`${file}.away`, file);
    await expect(database.read(manager => manager.query('SELECT 1'))).rejects.toThrow(DatabaseUnavailableError);
    renameSync(`${file}.away`, file);
    await eventually(() => database.isUp);
    expect(existsSync(file)).toBe(true);
  });

  it('that another program has locked refuses writes with a sentence, and takes them again after', async () => {
    const database = await start();
    const other = new Sqlite(file);
    other.exec('BEGIN IMMEDIATE');
    const write = (): Promise<unknown> =>
      database.transaction(manager => manager.query(`UPDATE workspaces SET name = 'x'`));
    await expect(write()).rejects.toThrow(/too busy/);
    expect(await database.read(manager => manager.query('SELECT name FROM workspaces'))).toEqual([{ name: 'Default' }]);
    other.exec('ROLLBACK');
    other.close();
    await write();
    expect(await database.read(manager => manager.query('SELECT name FROM workspaces'))).toEqual([{ name: 'x' }]);
  });

  it('on a full disk refuses writes with a sentence, and takes them again when there is space', async () => {
    const database = await start();
    // SQLite's own limit gives the same result code as the disk.
    const limit = (pages: number): Promise<unknown> =>
      database.transaction(manager => manager.query(`PRAGMA max_page_count = ${pages}`));
    const write = (): Promise<unknown> =>
      database.transaction(manager => manager.query('UPDATE workspaces SET settings = ?', [' '.repeat(100_000)]));
    await limit(1);
    await expect(write()).rejects.toThrow(/disk of the database is full/);
    await expect(write()).rejects.toMatchObject({ problem: 'database-unavailable' });
    expect(database.isUp).toBe(true);
    await limit(1_000_000);
    await write();
    expect(database.state().up).toBe(true);
  });
});

/** Root may read and write everything, so the test steps down while it looks. */
function asNobody(folder: string, work: () => void): void {
  if (process.geteuid?.() !== 0) return work();
  chmodSync(folder, 0o777);
  process.seteuid?.(65_534);
  try {
    work();
  } finally {
    process.seteuid?.(0);
  }
}
