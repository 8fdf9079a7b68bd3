import { run, sql } from '@mock-server/database';
import type { EntityManager } from 'typeorm';

/** A mock as it was at some revision. */
export interface PastMock {
  readonly id: string;
  /** JSON text. */
  readonly mapping: string;
  readonly position: number;
  readonly version: number;
}

interface RawPast extends Omit<PastMock, 'position'> {
  readonly position: string | number;
}

/** The mocks of these ids as they were at a revision; those that were not there then are left out. */
export async function mocksAt(
  manager: EntityManager,
  { workspaceId, revision }: { readonly workspaceId: string; readonly revision: number },
  ids: readonly string[],
): Promise<Map<string, PastMock>> {
  if (ids.length === 0) return new Map();
  const rows = await run<RawPast>(
    manager,
    sql`SELECT id, mapping, position, version FROM mock_versions
        WHERE workspace_id = ${workspaceId} AND id IN (${ids})
          AND since_revision <= ${revision} AND until_revision > ${revision}
        UNION ALL
        SELECT id, mapping, position, version FROM mocks
        WHERE workspace_id = ${workspaceId} AND id IN (${ids}) AND revision + 0 <= ${revision}`,
  );
  return new Map(rows.map(row => [row.id, { ...row, position: Number(row.position) }]));
}

export interface Span {
  readonly workspaceId: string;
  /** What happened after this revision. */
  readonly after: number;
  /** Up to this one, itself included. */
  readonly upTo: number;
}

/** Ids of mocks that were made, replaced or removed in a span of revisions, at most `limit`, by id. */
export async function touchedIds(
  manager: EntityManager,
  { workspaceId, after, upTo }: Span,
  limit: number,
): Promise<string[]> {
  const rows = await run<{ id: string }>(
    manager,
    sql`SELECT id FROM mock_versions
        WHERE workspace_id = ${workspaceId} AND until_revision > ${after} AND until_revision <= ${upTo}
        UNION
        SELECT id FROM mock_versions
        WHERE workspace_id = ${workspaceId} AND since_revision > ${after} AND since_revision <= ${upTo}
        UNION
        SELECT id FROM mocks WHERE workspace_id = ${workspaceId} AND revision > ${after} AND revision <= ${upTo}
        ORDER BY id LIMIT ${limit}`,
  );
  return rows.map(({ id }) => id);
}

/** A mock of then beside what it is now. `version` is the newest that it ever had. */
export interface Return extends PastMock {
  /** JSON text; null: it is gone. */
  readonly now: string | null;
  readonly isMoved: boolean;
}

interface RawReturn extends RawPast {
  readonly now: string | null;
  readonly nowPosition: string | number | null;
}

/**
 * A page of what a return to `revision` puts back, by id, after `afterId`: mocks that were there then, and have changed or gone
 * since. With `id`, that one alone.
 */
export async function returnsTo(
  manager: EntityManager,
  { workspaceId, revision }: { readonly workspaceId: string; readonly revision: number },
  { afterId, limit, id }: { readonly afterId: string; readonly limit: number; readonly id?: string },
): Promise<Return[]> {
  const rows = await run<RawReturn>(
    manager,
    sql`SELECT past.id, past.mapping, past.position, mock.mapping AS now, mock.position AS "nowPosition",
          COALESCE(mock.version, (
            SELECT MAX(other.version) FROM mock_versions other
            WHERE other.workspace_id = past.workspace_id AND other.id = past.id)) AS version
        FROM mock_versions past
        LEFT JOIN mocks mock ON mock.workspace_id = past.workspace_id AND mock.id = past.id
        WHERE past.workspace_id = ${workspaceId} AND past.id > ${afterId} ${id === undefined ? sql`` : sql`AND past.id = ${id}`}
          AND past.since_revision + 0 <= ${revision} AND past.until_revision + 0 > ${revision}
        ORDER BY past.id LIMIT ${limit}`,
  );
  return rows.map(({ nowPosition, ...row }) => {
    const position = Number(row.position);
    return { ...row, position, isMoved: Number(nowPosition) !== position };
  });
}

/** Ids of mocks that are there now and were not at `revision`. */
export async function newSince(manager: EntityManager, workspaceId: string, revision: number): Promise<string[]> {
  const rows = await run<{ id: string }>(
    manager,
    sql`SELECT mock.id FROM mocks mock
        WHERE mock.workspace_id = ${workspaceId} AND mock.revision > ${revision} AND NOT EXISTS (
          SELECT 1 FROM mock_versions past
          WHERE past.workspace_id = mock.workspace_id AND past.id = mock.id
            AND past.since_revision + 0 <= ${revision} AND past.until_revision + 0 > ${revision})`,
  );
  return rows.map(({ id }) => id);
}
