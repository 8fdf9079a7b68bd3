import { type StoredMock } from '@mock-server/engine';
import { breathe, type Database, run, sql } from '@mock-server/database';
import { type Workspace } from '@mock-server/workspaces';
import { type EntityManager } from 'typeorm';
import { type MappingDocument } from './mapping-document';
import { MockEntity } from './mock.entity';
import { inIdBatches } from './mock-rows';

/** A page of few rows: better-sqlite3 answers in the same turn, and what a statement takes nobody else is served. */
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

/** One mock, with what a write of it asks for. */
export interface ReadMock {
  /** Of a session that shows a mock of the workspace below: that one's. */
  readonly workspaceId: string;
  readonly id: string;
  readonly position: number;
  readonly version: number;
  readonly revision: number;
  readonly mapping: string;
}

/** One that a workspace shows, or a session: its own, else the workspace's. */
export async function readMock(
  manager: EntityManager,
  { id: ownId, session }: Workspace,
  id: string,
): Promise<ReadMock | undefined> {
  const workspaceIds = session === undefined ? [ownId] : [ownId, session.workspaceId];
  const rows = await run<ReadMock>(
    manager,
    sql`SELECT workspace_id AS "workspaceId", id, position, version, revision, mapping FROM mocks
        WHERE workspace_id IN (${workspaceIds}) AND id = ${id}`.prepared(),
  );
  const row = rows.find(({ workspaceId }) => workspaceId === ownId) ?? rows[0];
  return row && { ...row, position: Number(row.position), revision: Number(row.revision) };
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
    const rows = await database.read(
      manager => leanQuery(manager, workspaceId).andWhere('mock.id IN (:...batch)', { batch }).getRawMany<RawMock>(),
      'upkeep',
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

interface Present {
  readonly version: number;
  readonly isSame: boolean;
  readonly changeSetId: string | null;
}

/** Which of the documents' mocks exist, at what version, and whether they say the same already. */
export async function readPresent(
  manager: EntityManager,
  workspaceId: string,
  documents: readonly Pick<MappingDocument, 'id' | 'json'>[],
): Promise<Map<string, Present>> {
  const present = new Map<string, Present>();
  const byId = new Map(documents.map(document => [document.id, document]));
  await inIdBatches([...byId.keys()], async batch => {
    const rows = await leanQuery(manager, workspaceId)
      .addSelect('mock.version', 'version')
      .addSelect('mock.changeSetId', 'changeSetId')
      .andWhere('mock.id IN (:...batch)', { batch })
      .getRawMany<RawMock & Omit<Present, 'isSame'>>();
    for (const { id, mapping, version, changeSetId } of rows)
      present.set(id, { version, changeSetId, isSame: byId.get(id)?.json === mapping });
  });
  return present;
}
