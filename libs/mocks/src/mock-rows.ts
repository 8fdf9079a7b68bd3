import { type StoredMock } from '@mock-server/engine';
import { In, type EntityManager } from 'typeorm';
import { type MappingDocument } from './mapping-document';
import { MockEntity } from './mock.entity';
import { breathe } from './slices';

/** Rows a statement: SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const rowsPerInsert = 250;
const idsPerStatement = 5_000;

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

/** The mocks that changed after a revision. */
export async function readChangedMocks(
  manager: EntityManager,
  workspaceId: string,
  revision: number,
): Promise<StoredMock[]> {
  const rows = await leanQuery(manager, workspaceId)
    .andWhere('mock.revision > :revision', { revision })
    .getRawMany<RawMock>();
  return rows.map(toStored);
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

/** Inserts in few statements, whatever the number. */
export async function insertMocks(manager: EntityManager, place: Place, mocks: readonly NewMock[]): Promise<void> {
  await inRowBatches(mocks, async batch => {
    const rows = batch.map(mock => ({ ...rowOf(place, mock), version: 1 }));
    await manager.createQueryBuilder().insert().into(MockEntity).values(rows).updateEntity(false).execute();
  });
}

/** Replaces mocks that exist, in few statements. Position and origin stay: a conflict updates the other columns only. */
export async function replaceMocks(
  manager: EntityManager,
  place: Place,
  mocks: readonly { readonly document: MappingDocument; readonly version: number }[],
): Promise<void> {
  await inRowBatches(mocks, async batch => {
    const rows = batch.map(({ document, version }) => ({
      ...rowOf(place, { document, position: 0 }),
      version: version + 1,
    }));
    await manager
      .createQueryBuilder()
      .insert()
      .into(MockEntity)
      .values(rows)
      .orUpdate(replacedColumns, ['workspace_id', 'id'])
      .updateEntity(false)
      .execute();
  });
}

const replacedColumns = ['name', 'priority', 'enabled', 'persistent', 'mapping', 'version', 'revision', 'updated_at'];

interface Place {
  readonly workspaceId: string;
  readonly revision: number;
}

function rowOf({ workspaceId, revision }: Place, { document, position, origin }: NewMock) {
  const now = Date.now();
  return {
    workspaceId,
    id: document.id,
    name: document.name,
    priority: document.priority,
    position,
    enabled: document.enabled,
    persistent: document.persistent,
    origin: origin === undefined ? ('api' as const) : ('file' as const),
    originFile: origin?.file ?? null,
    originHash: origin?.hash ?? null,
    mapping: document.json,
    revision,
    createdAt: now,
    updatedAt: now,
  };
}

/** better-sqlite3 answers in the same turn: without a pause nobody else is served until the end. */
async function inRowBatches<T>(rows: readonly T[], work: (batch: T[]) => Promise<void>): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    await work(rows.slice(start, start + rowsPerInsert));
    await breathe();
  }
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
  for (let start = 0; start < ids.length; start += idsPerStatement)
    await work(ids.slice(start, start + idsPerStatement));
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
