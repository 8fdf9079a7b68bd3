import { Problem } from '@mock-server/http';
import { type Workspace } from '@mock-server/workspaces';
import { type EntityManager } from 'typeorm';
import { FileEntity } from './file.entity';
import { MockEntity } from './mock.entity';

/** At the end of a change that adds something: beyond a quota, all of it is taken back. Without quotas nothing is counted. */
export async function refuseOverQuota(manager: EntityManager, { id, slug, quotas, session }: Workspace): Promise<void> {
  const who = session === undefined ? `Workspace '${slug}'` : `A session on workspace '${slug}'`;
  if (quotas?.mocks !== undefined) {
    const mocks = await manager.countBy(MockEntity, { workspaceId: id });
    if (mocks > quotas.mocks)
      throw overQuota(who, `${quotas.mocks} mocks${session === undefined ? '' : ' of its own (MAX_SESSION_MOCKS)'}`);
  }
  if (quotas?.bytes !== undefined && (await bytesOf(manager, id)) > quotas.bytes) {
    throw overQuota(who, `${quotas.bytes} bytes of mappings and files`);
  }
}

async function bytesOf(manager: EntityManager, workspaceId: string): Promise<number> {
  // Characters, on both databases: near enough to bytes, and read from the row's head.
  const mappings = await manager
    .createQueryBuilder(MockEntity, 'mock')
    .select('SUM(LENGTH(mock.mapping))', 'total')
    .where('mock.workspaceId = :workspaceId', { workspaceId })
    .getRawOne<{ total: string | number | null }>();
  const files = await manager.sum(FileEntity, 'size', { workspaceId });
  return Number(mappings?.total ?? 0) + (files ?? 0);
}

function overQuota(who: string, quota: string): Problem {
  return new Problem('quota-exceeded', {
    detail: `${who} may hold ${quota}; nothing was changed. Delete something, or ask an admin for more.`,
  });
}
