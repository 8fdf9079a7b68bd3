import { run, runLater, sql, type Sql } from '@mock-server/database';
import { type WorkspaceChange } from '@mock-server/workspaces';
import { type EntityManager } from 'typeorm';
import { type MockEntity } from './mock.entity';

/** Which mocks: by their ids, those up to a position, or all. */
export type MockRange = { readonly ids: readonly string[] } | { readonly upTo: number } | 'all';

/**
 * Keeps mocks as they are, before a change replaces or removes them: the database copies its own rows, so what is new costs
 * nothing. One that this very change made before has no past. `+ 0`: else SQLite walks over the index of revisions, that is
 * over all mocks, to find a few by their ids.
 */
export async function keepVersions(manager: EntityManager, change: WorkspaceChange, range: MockRange): Promise<void> {
  const kept = await run<{ size: number }>(manager, sql`${copyOf(change, range)} RETURNING LENGTH(mapping) AS size`);
  change.count({ keptSize: kept.reduce((sum, { size }) => sum + size, 0) });
}

/** The same for one that was read in this change, and not made by it. */
export function keepVersionLater(
  manager: EntityManager,
  change: WorkspaceChange,
  { id, mapping }: Pick<MockEntity, 'id' | 'mapping'>,
): void {
  runLater(manager, copyOf(change, { ids: [id] }).prepared());
  change.count({ keptSize: mapping.length });
}

function copyOf({ workspaceId, revision }: WorkspaceChange, range: MockRange): Sql {
  return sql`INSERT INTO mock_versions (workspace_id, id, until_revision, since_revision, version, position, mapping)
      SELECT workspace_id, id, CAST(${revision} AS BIGINT), revision, version, position, mapping FROM mocks
      WHERE workspace_id = ${workspaceId} AND revision + 0 < ${revision} ${conditionOf(range)}`;
}

function conditionOf(range: MockRange): Sql {
  if (range === 'all') return sql``;
  return 'upTo' in range ? sql`AND position <= ${range.upTo}` : sql`AND id IN (${range.ids})`;
}
