import { In, type EntityManager } from 'typeorm';
import { inIdBatches } from './mock-rows';
import { MockEntity } from './mock.entity';
import { TombstoneEntity } from './tombstone.entity';

interface Place {
  readonly workspaceId: string;
  readonly revision: number;
}

const rowsPerInsert = 5_000;

/** Deletes mocks and leaves a tombstone for each, so that replicas learn of it. */
export async function removeMocks(manager: EntityManager, place: Place, ids: readonly string[]): Promise<void> {
  await inIdBatches(ids, async batch => {
    await manager.delete(MockEntity, { workspaceId: place.workspaceId, id: In(batch) });
  });
  await bury(manager, place, ids);
}

/** A mock that comes back under its old id has no tombstone any more: the newer word counts. */
export async function unbury(manager: EntityManager, workspaceId: string, ids: readonly string[]): Promise<void> {
  await inIdBatches(ids, async batch => {
    await manager.delete(TombstoneEntity, { workspaceId, id: In(batch) });
  });
}

async function bury(manager: EntityManager, { workspaceId, revision }: Place, ids: readonly string[]): Promise<void> {
  for (let start = 0; start < ids.length; start += rowsPerInsert) {
    const rows = ids.slice(start, start + rowsPerInsert).map(id => ({ workspaceId, id, revision }));
    await manager
      .createQueryBuilder()
      .insert()
      .into(TombstoneEntity)
      .values(rows)
      .orUpdate(['revision'], ['workspace_id', 'id'])
      .updateEntity(false)
      .execute();
  }
}
