import { Problem } from '@mock-server/http';
import { type Workspace } from '@mock-server/workspaces';
import { type EntityManager } from 'typeorm';
import { FileEntity } from './file.entity';
import { MockEntity } from './mock.entity';

/** What a workspace holds, or adds. */
export interface Holding {
  readonly mocks: number;
  readonly bytes: number;
}

const nothing: Holding = { mocks: 0, bytes: 0 };

/** At the end of a change that adds something: beyond a quota, all of it is taken back. */
export async function refuseOverQuota(manager: EntityManager, workspace: Workspace): Promise<void> {
  refuseBeyond(workspace, await readHeld(manager, workspace), nothing);
}

/** Before a change that knows what it will add. */
export function refuseBeyond({ slug, quotas, session }: Workspace, held: Holding, adding: Holding): void {
  const who = session === undefined ? `Workspace '${slug}'` : `A session on workspace '${slug}'`;
  if (quotas?.mocks !== undefined && held.mocks + adding.mocks > quotas.mocks)
    throw overQuota(who, `${quotas.mocks} mocks${session === undefined ? '' : ' of its own (MAX_SESSION_MOCKS)'}`);
  if (quotas?.bytes !== undefined && held.bytes + adding.bytes > quotas.bytes)
    throw overQuota(who, `${quotas.bytes} bytes of mappings and files`);
}

/** What no quota bounds is not counted. */
export async function readHeld(manager: EntityManager, { id, quotas }: Workspace): Promise<Holding> {
  const [mocks, bytes] = await Promise.all([
    quotas?.mocks === undefined ? 0 : manager.countBy(MockEntity, { workspaceId: id }),
    quotas?.bytes === undefined ? 0 : bytesOf(manager, id),
  ]);
  return { mocks, bytes };
}

async function bytesOf(manager: EntityManager, workspaceId: string): Promise<number> {
  // Characters, on both databases: near enough to bytes, and read from the row's head.
  const [mappings, files] = await Promise.all([
    manager
      .createQueryBuilder(MockEntity, 'mock')
      .select('SUM(LENGTH(mock.mapping))', 'total')
      .where('mock.workspaceId = :workspaceId', { workspaceId })
      .getRawOne<{ total: string | number | null }>(),
    manager.sum(FileEntity, 'size', { workspaceId }),
  ]);
  return Number(mappings?.total ?? 0) + (files ?? 0);
}

function overQuota(who: string, quota: string): Problem {
  return new Problem('quota-exceeded', {
    detail: `${who} may hold ${quota}; nothing was changed. Delete something, or ask an admin for more.`,
  });
}
