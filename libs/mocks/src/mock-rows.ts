import { type StoredMock } from '@mock-server/engine';
import { type Database } from '@mock-server/database';
import { In, LessThanOrEqual, type EntityManager } from 'typeorm';
import { type MappingDocument } from './mapping-document';
import { MockEntity } from './mock.entity';
import { breathe } from './slices';

/*
 * better-sqlite3 answers in the same turn: what a statement takes nobody else is served. So a statement has few rows, whatever the
 * database allows, and after each there is a pause.
 */
const rowsPerInsert = 250;
const rowsPerDelete = 1_000;
const idsPerStatement = 500;
export const rowsPerRead = { sqlite: 250, postgres: 1_000 };

interface RawMock {
  readonly id: string;
  readonly position: number | string;
  readonly enabled: boolean | number;
  readonly mapping: string;
}

/** Reads mocks lean, without entities: `after` pages by position, oldest first. */
export async function readMocks(
  manager: EntityManager,
  workspaceId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<StoredMock[]> {
  const rows = await leanQuery(manager, workspaceId)
    .andWhere('mock.position > :after', { after })
    .orderBy('mock.position')
    .limit(limit)
    .getRawMany<RawMock>();
  return rows.map(toStored);
}

/** All mocks of a workspace, a page at a time, newest first. */
export async function* pagesOfMocks(database: Database, workspaceId: string): AsyncGenerator<StoredMock[]> {
  const limit = rowsPerRead[database.dialect];
  for (let before = Number.MAX_SAFE_INTEGER; ;) {
    const rows = await database.read(manager =>
      leanQuery(manager, workspaceId)
        .andWhere('mock.position < :before', { before })
        .orderBy('mock.position', 'DESC')
        .limit(limit)
        .getRawMany<RawMock>(),
    );
    if (rows.length > 0) yield rows.map(toStored);
    if (rows.length < limit) return;
    before = Number(rows.at(-1)!.position);
    await breathe();
  }
}

/** The mocks at these positions, newest first. */
export async function readMocksAt(
  manager: EntityManager,
  workspaceId: string,
  positions: readonly number[],
): Promise<StoredMock[]> {
  const rows = await leanQuery(manager, workspaceId)
    .andWhere('mock.position IN (:...positions)', { positions })
    .orderBy('mock.position', 'DESC')
    .getRawMany<RawMock>();
  return rows.map(toStored);
}

/** Ids of mocks that changed after a revision, at most `limit`. */
export async function readChangedIds(
  manager: EntityManager,
  workspaceId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<string[]> {
  const rows = await manager
    .createQueryBuilder(MockEntity, 'mock')
    .select('mock.id', 'id')
    .where('mock.workspaceId = :workspaceId AND mock.revision > :after', { workspaceId, after })
    .limit(limit)
    .getRawMany<{ id: string }>();
  return rows.map(({ id }) => id);
}

/** In no order. Ids that are gone are left out. */
export async function readMocksById(
  database: Database,
  workspaceId: string,
  ids: readonly string[],
): Promise<StoredMock[]> {
  const mocks: StoredMock[] = [];
  const limit = rowsPerRead[database.dialect];
  for (let start = 0; start < ids.length; start += limit) {
    const batch = ids.slice(start, start + limit);
    const rows = await database.read(manager =>
      leanQuery(manager, workspaceId).andWhere('mock.id IN (:...batch)', { batch }).getRawMany<RawMock>(),
    );
    for (const row of rows) mocks.push(toStored(row));
    if (start + limit < ids.length) await breathe();
  }
  return mocks;
}

function leanQuery(manager: EntityManager, workspaceId: string) {
  return manager
    .createQueryBuilder(MockEntity, 'mock')
    .select('mock.id', 'id')
    .addSelect('mock.position', 'position')
    .addSelect('mock.enabled', 'enabled')
    .addSelect('mock.mapping', 'mapping')
    .where('mock.workspaceId = :workspaceId', { workspaceId });
}

function toStored({ id, position, enabled, mapping }: RawMock): StoredMock {
  return { id, position: Number(position), enabled: Boolean(enabled), json: mapping };
}

export interface NewMock {
  readonly document: MappingDocument;
  readonly position: number;
  readonly origin?: { readonly file: string; readonly hash: string };
}

export async function insertMocks(manager: EntityManager, place: Place, mocks: readonly NewMock[]): Promise<void> {
  await inRowBatches(mocks, async batch => {
    await insertRows(
      manager,
      batch.map(mock => valuesOf(place, { ...mock, version: 1 })),
    );
  });
}

/** Replaces mocks that exist. Position and origin stay: a conflict updates the other columns only. */
export async function replaceMocks(
  manager: EntityManager,
  place: Place,
  mocks: readonly { readonly document: MappingDocument; readonly version: number }[],
): Promise<void> {
  await inRowBatches(mocks, async batch => {
    await insertRows(
      manager,
      batch.map(({ document, version }) => valuesOf(place, { document, position: 0, version: version + 1 })),
      onConflictReplace,
    );
  });
}

interface Place {
  readonly workspaceId: string;
  readonly revision: number;
}

/** In the order of {@link valuesOf}. */
const columns = [
  'workspace_id',
  'id',
  'name',
  'priority',
  'position',
  'enabled',
  'persistent',
  'origin',
  'origin_file',
  'origin_hash',
  'mapping',
  'version',
  'revision',
  'created_at',
  'updated_at',
];
const replaced = ['name', 'priority', 'enabled', 'persistent', 'mapping', 'version', 'revision', 'updated_at'];
const onConflictReplace = ` ON CONFLICT (workspace_id, id) DO UPDATE SET ${replaced.map(name => `${name} = excluded.${name}`).join(', ')}`;

function valuesOf(
  { workspaceId, revision }: Place,
  { document, position, origin, version }: NewMock & { readonly version: number },
): (string | number | boolean | null)[] {
  const { id, name, priority, enabled, persistent, json } = document;
  const now = Date.now();
  const from = [origin === undefined ? 'api' : 'file', origin?.file ?? null, origin?.hash ?? null];
  return [workspaceId, id, name, priority, position, enabled, persistent, ...from, json, version, revision, now, now];
}

/** One statement, put together here: TypeORM's insert builder takes longer than the database. */
async function insertRows(
  manager: EntityManager,
  rows: readonly (readonly (string | number | boolean | null)[])[],
  onConflict = '',
): Promise<void> {
  const isPostgres = manager.connection.options.type === 'postgres';
  let parameter = 0;
  const row = (): string => `(${columns.map(() => (isPostgres ? `$${++parameter}` : '?')).join(',')})`;
  const values = rows.flat().map(value => (typeof value === 'boolean' && !isPostgres ? Number(value) : value));
  await manager.query(
    `INSERT INTO mocks (${columns.join(', ')}) VALUES ${rows.map(row).join(',')}${onConflict}`,
    values,
  );
}

/**
 * PostgreSQL learns of new rows up to a minute later, and until then plans as if the table were as small as before: then a page of
 * mocks costs as much as reading all. So it is told when a table has grown by a fifth or more.
 */
export async function tellOfGrowth(manager: EntityManager, added: number): Promise<void> {
  if (manager.connection.options.type !== 'postgres' || added < 1_000) return;
  const [known] = await manager.query<{ rows: number }[]>(
    "SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = 'mocks'::regclass",
  );
  if (known === undefined || added * 5 >= known.rows) await manager.query('ANALYZE mocks');
}

async function inRowBatches<T>(rows: readonly T[], work: (batch: readonly T[]) => Promise<void>): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    await work(rows.slice(start, start + rowsPerInsert));
    if (start + rowsPerInsert < rows.length) await breathe();
  }
}

/** On PostgreSQL in one go: there the server does the work, and each search for a next batch walks over what is deleted already. */
export async function deleteAllMocks(manager: EntityManager, workspaceId: string): Promise<void> {
  while (manager.connection.options.type !== 'postgres') {
    const last = await manager
      .createQueryBuilder(MockEntity, 'mock')
      .select('mock.position', 'position')
      .where('mock.workspaceId = :workspaceId', { workspaceId })
      .orderBy('mock.position')
      .offset(rowsPerDelete - 1)
      .limit(1)
      .getRawOne<{ position: number | string }>();
    if (last === undefined) break;
    await manager.delete(MockEntity, { workspaceId, position: LessThanOrEqual(Number(last.position)) });
    await breathe();
  }
  await manager.delete(MockEntity, { workspaceId });
}

/** The columns that a replacement changes; position and origin stay. */
export function replacementOf(
  document: MappingDocument,
  { version, revision }: { readonly version: number; readonly revision: number },
): Partial<MockEntity> {
  const { name, priority, enabled, persistent, json } = document;
  return { name, priority, enabled, persistent, mapping: json, version: version + 1, revision, updatedAt: Date.now() };
}

/** Runs `work` on so many ids at a time as a statement takes. */
export async function inIdBatches(ids: readonly string[], work: (batch: string[]) => Promise<void>): Promise<void> {
  for (let start = 0; start < ids.length; start += idsPerStatement) {
    await work(ids.slice(start, start + idsPerStatement));
    if (start + idsPerStatement < ids.length) await breathe();
  }
}

/** Which of the ids exist, and at what version. */
export async function readVersions(
  manager: EntityManager,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const versions = new Map<string, number>();
  await inIdBatches(ids, async batch => {
    for (const { id, version } of await manager.find(MockEntity, {
      where: { workspaceId, id: In(batch) },
      select: { id: true, version: true },
    }))
      versions.set(id, version);
  });
  return versions;
}
