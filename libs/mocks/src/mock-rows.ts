import { breathe, runLater, sql, Sql } from '@mock-server/database';
import { type WorkspaceChange } from '@mock-server/workspaces';
import { LessThanOrEqual, type EntityManager } from 'typeorm';
import { type MappingDocument } from './mapping-document';
import { MockEntity } from './mock.entity';
import { keepVersions } from './mock-versions';

/*
 * better-sqlite3 answers in the same turn: what a statement takes nobody else is served. So a statement has few rows, whatever the
 * database allows, and after each there is a pause.
 */
const rowsPerInsert = 250;
const rowsPerDelete = 1_000;
const idsPerStatement = 500;
export interface NewMock {
  readonly document: MappingDocument;
  readonly position: number;
  readonly origin?: { readonly file: string; readonly hash: string };
  readonly changeSetId?: string | null | undefined;
  /** Of one that takes the place of another; else 1. */
  readonly version?: number;
}

export async function insertMocks(
  manager: EntityManager,
  change: WorkspaceChange,
  mocks: readonly NewMock[],
): Promise<void> {
  await inRowBatches(mocks, async batch => {
    await insertRows(
      manager,
      batch.map(mock => valuesOf(change, { version: 1, ...mock })),
    );
  });
  change.count({ added: mocks.length });
}

/** One, without waiting for it; not counted here. */
export function insertLater(
  manager: EntityManager,
  change: WorkspaceChange,
  mock: NewMock & { readonly version: number },
): void {
  runLater(manager, sql`INSERT INTO mocks (${columnList}) VALUES (${valuesOf(change, mock)})`.prepared());
}

interface PresentMock {
  readonly document: MappingDocument;
  readonly version: number;
  readonly changeSetId?: string | null;
}

/** Replaces mocks that exist. Position and origin stay: a conflict updates the other columns only. */
export async function replaceMocks(
  manager: EntityManager,
  change: WorkspaceChange,
  mocks: readonly PresentMock[],
): Promise<void> {
  await inRowBatches(mocks, async batch => {
    await keepVersions(manager, change, { ids: batch.map(({ document }) => document.id) });
    await insertRows(
      manager,
      batch.map(({ document, version, changeSetId }) =>
        valuesOf(change, {
          document,
          position: 0,
          version: version + 1,
          // What is no draft any more waits in no change set.
          changeSetId: document.isDraft ? changeSetId : null,
        }),
      ),
      onConflictReplace,
    );
  });
  change.count({ changed: mocks.length });
}

export interface PastMock {
  readonly document: MappingDocument;
  readonly position: number;
  /** The newest that the mock ever had. */
  readonly version: number;
}

/** Makes mocks what they were, at the place they had, whether or not they are still there; counted by who knows that. */
export async function putBackMocks(
  manager: EntityManager,
  change: WorkspaceChange,
  mocks: readonly PastMock[],
): Promise<void> {
  await inRowBatches(mocks, async batch => {
    await keepVersions(manager, change, { ids: batch.map(({ document }) => document.id) });
    await insertRows(
      manager,
      batch.map(mock => valuesOf(change, { ...mock, version: mock.version + 1 })),
      `${onConflictReplace}, position = excluded.position`,
    );
  });
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
  'change_set_id',
  'created_at',
  'updated_at',
];
const columnList = new Sql([columns.join(', ')], []);
const replaced = 'name priority enabled persistent mapping version revision change_set_id updated_at'.split(' ');
const onConflictReplace = ` ON CONFLICT (workspace_id, id) DO UPDATE SET ${replaced.map(name => `${name} = excluded.${name}`).join(', ')}`;

function valuesOf(
  { workspaceId, revision }: WorkspaceChange,
  { document, position, origin, version, changeSetId }: NewMock & { readonly version: number },
): (string | number | boolean | null)[] {
  const { id, name, priority, enabled, persistent, json } = document;
  const now = Date.now();
  const from = [origin === undefined ? 'api' : 'file', origin?.file ?? null, origin?.hash ?? null];
  const saved = [json, version, revision, changeSetId ?? null, now, now];
  return [workspaceId, id, name, priority, position, enabled, persistent, ...from, ...saved];
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
export async function deleteAllMocks(manager: EntityManager, change: WorkspaceChange): Promise<void> {
  const { workspaceId } = change;
  const removed = await manager.countBy(MockEntity, { workspaceId });
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
    await keepVersions(manager, change, { upTo: Number(last.position) });
    await breathe();
    await manager.delete(MockEntity, { workspaceId, position: LessThanOrEqual(Number(last.position)) });
    await breathe();
  }
  await keepVersions(manager, change, 'all');
  await manager.delete(MockEntity, { workspaceId });
  change.count({ removed });
}

/** The columns that a replacement changes; position and origin stay. */
export function replacementOf(
  document: MappingDocument,
  { version, revision }: { readonly version: number; readonly revision: number },
): Partial<MockEntity> {
  const { name, priority, enabled, persistent, json } = document;
  const set = document.isDraft ? {} : { changeSetId: null };
  const now = Date.now();
  return { name, priority, enabled, persistent, mapping: json, version: version + 1, revision, updatedAt: now, ...set };
}

/** Runs `work` on so many ids at a time as a statement takes. */
export async function inIdBatches(ids: readonly string[], work: (batch: string[]) => Promise<void>): Promise<void> {
  for (let start = 0; start < ids.length; start += idsPerStatement) {
    await work(ids.slice(start, start + idsPerStatement));
    if (start + idsPerStatement < ids.length) await breathe();
  }
}
