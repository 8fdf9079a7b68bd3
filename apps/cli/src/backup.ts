import { mkdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type DatabaseConfig } from '@mock-server/config';
import { lockSqliteFile } from '@mock-server/database';
import { applyRetention, backupName, checkFile, describeFile, publish, type Manifest } from './backup-folder';
import { dumpPostgres, restorePostgres, tryPostgres } from './postgres-backup';
import { dumpSqlite, restoreSqlite, trySqlite } from './sqlite-backup';

export interface BackupOptions {
  readonly folder: string;
  readonly keep: number;
  readonly verify: boolean;
}

/** Makes a backup, proves it by a restore, and only then lets old ones go. A failed one leaves the folder as it was. */
export async function backUp(database: DatabaseConfig, { folder, keep, verify }: BackupOptions): Promise<string> {
  await mkdir(folder, { recursive: true });
  const createdAt = new Date();
  const file = join(resolve(folder), backupName(database.kind, createdAt));
  const partial = `${file}.partial`;
  try {
    if (database.kind === 'postgres') await dumpPostgres(database.url, partial);
    else await dumpSqlite(database.file, partial);
    const rows = verify ? await tryRestore(database, partial) : undefined;
    const manifest: Manifest = {
      kind: database.kind,
      createdAt: createdAt.toISOString(),
      ...(await describeFile(partial)),
    };
    await publish(partial, file, rows === undefined ? manifest : { ...manifest, rows });
  } catch (error) {
    await rm(partial, { force: true });
    await rm(`${file}.json`, { force: true });
    throw error;
  }
  const deleted = await applyRetention(folder, keep);
  const gone = deleted.length === 0 ? '' : ` Deleted ${deleted.length} older.`;
  return `Backed up to ${file}${verify ? ', and restored it to prove it' : ', not verified'}.${gone}`;
}

/** Proves a backup: its bytes by the checksum, its content by a restore into a scratch database. */
export async function verifyBackup(database: DatabaseConfig, file: string): Promise<string> {
  const manifest = await checkFile(file);
  const rows = await tryRestore(matching(database, manifest), file);
  const wrong = Object.entries(manifest.rows ?? rows).filter(([table, count]) => rows[table] !== count);
  if (wrong.length > 0)
    throw new Error(`${file} restores with other rows than it had: ${wrong.map(([table]) => table).join(', ')}.`);
  return `${file} is good: ${rows['mocks'] ?? 0} mocks in ${rows['workspaces'] ?? 0} workspaces.`;
}

/** Puts a backup where DATABASE_URL points to. */
export async function restoreBackup(
  database: DatabaseConfig,
  file: string,
  { replace }: { readonly replace: boolean },
): Promise<string> {
  matching(database, await checkFile(file));
  if (database.kind === 'postgres') await restorePostgres(database.url, file, { replace });
  else await restoreIntoFile(database.file, file, replace);
  return `Restored ${file}. Start the servers, or restart them if they were running.`;
}

async function restoreIntoFile(target: string, file: string, replace: boolean): Promise<void> {
  const isThere = (await stat(target).catch(() => undefined)) !== undefined;
  if (isThere && !replace)
    throw new Error(`${target} is there already: name another file, or add --replace to put the backup in its place.`);
  const lock = lockSqliteFile(target);
  try {
    await restoreSqlite(target, file);
  } finally {
    lock.release();
  }
}

function tryRestore(database: DatabaseConfig, file: string): Promise<Record<string, number>> {
  return database.kind === 'postgres' ? tryPostgres(database.url, file) : trySqlite(file);
}

function matching(database: DatabaseConfig, { kind }: Manifest): DatabaseConfig {
  if (database.kind === kind) return database;
  throw new Error(
    `The backup is of ${kind}, and DATABASE_URL is of ${database.kind}: a backup goes back to the same kind of database.`,
  );
}
