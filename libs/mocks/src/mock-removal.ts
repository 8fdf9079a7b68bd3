import { runLater, sql } from '@mock-server/database';
import { type WorkspaceChange } from '@mock-server/workspaces';
import { In, type EntityManager } from 'typeorm';
import { deleteAllMocks, inIdBatches } from './mock-rows';
import { MockEntity } from './mock.entity';
import { keepVersions } from './mock-versions';
import { TombstoneEntity } from './tombstone.entity';

/** More than this many deletions are not told one by one: who is behind reads the workspace anew. */
const maxTombstones = 5_000;

/** Deletes mocks, keeps what they were, and leaves a tombstone for each, so that replicas learn of it. */
export async function removeMocks(
  manager: EntityManager,
  change: WorkspaceChange,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const { workspaceId } = change;
  await inIdBatches(ids, async batch => {
    await keepVersions(manager, change, { ids: batch });
    const { affected } = await manager.delete(MockEntity, { workspaceId, id: In(batch) });
    change.count({ removed: affected ?? 0 });
  });
  if ((await manager.countBy(TombstoneEntity, { workspaceId })) + ids.length > maxTombstones) {
    await removeTombstones(manager, change);
  } else {
    await bury(manager, change, ids);
  }
}

export async function removeAllMocks(manager: EntityManager, change: WorkspaceChange): Promise<void> {
  await deleteAllMocks(manager, change);
  await removeTombstones(manager, change);
}

async function removeTombstones(manager: EntityManager, change: WorkspaceChange): Promise<void> {
  await manager.delete(TombstoneEntity, { workspaceId: change.workspaceId });
  change.raiseFloor();
}

/** Of removals one by one; so many revisions behind, reading the workspace anew is cheaper than following. */
export function forgetOldTombstones(manager: EntityManager, change: WorkspaceChange): void {
  const oldest = change.revision - maxTombstones;
  if (oldest <= 0) return;
  runLater(
    manager,
    sql`DELETE FROM mock_tombstones WHERE workspace_id = ${change.workspaceId} AND revision < ${oldest}`,
  );
  change.raiseFloor(oldest);
}

/** A mock that comes back under its old id has no tombstone any more: the newer word counts. */
export async function unbury(manager: EntityManager, workspaceId: string, ids: readonly string[]): Promise<void> {
  await inIdBatches(ids, async batch => {
    await manager.delete(TombstoneEntity, { workspaceId, id: In(batch) });
  });
}

/** The same for one, without waiting for it. */
export function unburyOne(manager: EntityManager, workspaceId: string, id: string): void {
  runLater(manager, sql`DELETE FROM mock_tombstones WHERE workspace_id = ${workspaceId} AND id = ${id}`.prepared());
}

async function bury(
  manager: EntityManager,
  { workspaceId, revision }: WorkspaceChange,
  ids: readonly string[],
): Promise<void> {
  await inIdBatches(ids, async batch => {
    await manager
      .createQueryBuilder()
      .insert()
      .into(TombstoneEntity)
      .values(batch.map(id => ({ workspaceId, id, revision })))
      .orUpdate(['revision'], ['workspace_id', 'id'])
      .updateEntity(false)
      .execute();
  });
}
