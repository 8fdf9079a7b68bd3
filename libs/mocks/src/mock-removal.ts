import { type WorkspaceChange } from '@mock-server/workspaces';
import { In, type EntityManager } from 'typeorm';
import { deleteAllMocks, inIdBatches } from './mock-rows';
import { MockEntity } from './mock.entity';
import { TombstoneEntity } from './tombstone.entity';

/** More than this many deletions are not told one by one: who is behind reads the workspace anew. */
const maxTombstones = 5_000;

interface Removal {
  readonly workspaceId: string;
  readonly ids: readonly string[];
}

/** Deletes mocks and leaves a tombstone for each, so that replicas learn of it. */
export async function removeMocks(
  manager: EntityManager,
  change: WorkspaceChange,
  { workspaceId, ids }: Removal,
): Promise<void> {
  if (ids.length === 0) return;
  await inIdBatches(ids, async batch => {
    await manager.delete(MockEntity, { workspaceId, id: In(batch) });
  });
  if ((await manager.countBy(TombstoneEntity, { workspaceId })) + ids.length > maxTombstones) {
    await removeTombstones(manager, change, workspaceId);
  } else {
    await bury(manager, { workspaceId, revision: change.revision }, ids);
  }
}

export async function removeAllMocks(
  manager: EntityManager,
  change: WorkspaceChange,
  workspaceId: string,
): Promise<void> {
  await deleteAllMocks(manager, workspaceId);
  await removeTombstones(manager, change, workspaceId);
}

async function removeTombstones(manager: EntityManager, change: WorkspaceChange, workspaceId: string): Promise<void> {
  await manager.delete(TombstoneEntity, { workspaceId });
  await change.resetFloor();
}

/** A mock that comes back under its old id has no tombstone any more: the newer word counts. */
export async function unbury(manager: EntityManager, workspaceId: string, ids: readonly string[]): Promise<void> {
  await inIdBatches(ids, async batch => {
    await manager.delete(TombstoneEntity, { workspaceId, id: In(batch) });
  });
}

async function bury(
  manager: EntityManager,
  { workspaceId, revision }: { readonly workspaceId: string; readonly revision: number },
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
