import { copyFile, rename, rm, stat } from 'node:fs/promises';
import { Sqlite, type SqliteConnection } from '@mock-server/database';

/** SQLite's online backup: a consistent copy while the server writes. */
export async function dumpSqlite(source: string, file: string): Promise<void> {
  if ((await stat(source).catch(() => undefined)) === undefined)
    throw new Error(`There is no database file ${source}: set DATABASE_URL=sqlite:<file>.`);
  const database = new Sqlite(source, { readonly: true, timeout: 10_000 });
  try {
    // All pages in one step: else each write of the server would start the copy anew.
    await database.backup(file, { progress: () => 1_000_000_000 });
  } finally {
    database.close();
  }
}

/** Into the place of a database that no server holds; the caller has made sure of that. */
export async function restoreSqlite(target: string, file: string): Promise<void> {
  const aside = `${target}.restoring`;
  await copyFile(file, aside);
  // What belongs to the old file would be played into the new one.
  for (const suffix of ['-wal', '-shm']) await rm(`${target}${suffix}`, { force: true });
  await rename(aside, target);
}

/** Reads a copy through and counts; the file itself stays untouched. */
export async function trySqlite(file: string): Promise<Record<string, number>> {
  const copy = `${file}.verify`;
  await copyFile(file, copy);
  let database: SqliteConnection | undefined;
  try {
    database = new Sqlite(copy);
    return countRows(database);
  } finally {
    database?.close();
    for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(`${copy}${suffix}`, { force: true });
  }
}

function countRows(database: SqliteConnection): Record<string, number> {
  const verdict = database.pragma('integrity_check', { simple: true });
  if (verdict !== 'ok') throw new Error(`The backup is damaged: ${String(verdict)}`);
  const tables = database
    .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1`)
    .pluck()
    .all() as string[];
  const count = (name: string): number =>
    Number(
      database
        .prepare(`SELECT count(*) FROM "${name.replaceAll('"', '""')}"`)
        .pluck()
        .get(),
    );
  return Object.fromEntries(tables.map(name => [name, count(name)]));
}
