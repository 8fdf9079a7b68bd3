import { randomUUID } from 'node:crypto';
import { run, sql } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { type ChangeNote, type WorkspaceChange } from '@mock-server/workspaces';
import { In, IsNull, Not, type EntityManager } from 'typeorm';
import { ChangeSetEntity } from './change-set.entity';
import { inIdBatches } from './mock-rows';
import { MockEntity } from './mock.entity';

const maxChangeSets = 1_000;

type NewChangeSet = Pick<ChangeSetEntity, 'title' | 'source' | 'author'>;

/** A change set with the ids of its drafts. */
export interface DraftsTogether {
  readonly set: NewChangeSet;
  readonly ids: readonly string[];
}

/** Drafts that a machine makes one after the other wait together, until somebody has reviewed them. */
const titleOf = { recorder: 'Recorded', ai: 'Generated' } as const;

/** The open change set that drafts of this change go into; undefined when a person made them. */
export async function changeSetOf(
  manager: EntityManager,
  change: WorkspaceChange,
  by: ChangeNote,
): Promise<string | undefined> {
  if (by.source !== 'recorder' && by.source !== 'ai') return undefined;
  return openChangeSet(manager, change, { ...by, title: by.message?.slice(0, 200) ?? titleOf[by.source] });
}

async function openChangeSet(
  manager: EntityManager,
  change: WorkspaceChange,
  { title, source, author }: NewChangeSet,
): Promise<string> {
  const { workspaceId } = change;
  const open = await manager.findOneBy(ChangeSetEntity, { workspaceId, title, source, author });
  return open?.id ?? (await insertChangeSet(manager, change, { title, source, author }));
}

export async function insertChangeSet(
  manager: EntityManager,
  change: WorkspaceChange,
  { title, source, author }: NewChangeSet,
): Promise<string> {
  const { workspaceId } = change;
  await removeEmptyChangeSets(manager, change);
  if ((await manager.countBy(ChangeSetEntity, { workspaceId })) >= maxChangeSets)
    throw new Problem('conflict', {
      detail: `${maxChangeSets} change sets wait for review already: publish or discard some first.`,
    });
  const id = randomUUID();
  await manager.insert(ChangeSetEntity, { workspaceId, id, title, source, author, createdAt: Date.now() });
  return id;
}

export async function readChangeSets(manager: EntityManager, workspaceId: string): Promise<DraftsTogether[]> {
  const sets = await manager.findBy(ChangeSetEntity, { workspaceId });
  if (sets.length === 0) return [];
  const where = { workspaceId, changeSetId: Not(IsNull()) };
  const drafts = await manager.find(MockEntity, { where, select: { id: true, changeSetId: true } });
  return sets.map(set => ({
    set,
    ids: drafts.filter(({ changeSetId }) => changeSetId === set.id).map(({ id }) => id),
  }));
}

/** Drafts that came from elsewhere wait together as they did there. */
export async function takeChangeSets(
  manager: EntityManager,
  change: WorkspaceChange,
  together: readonly DraftsTogether[],
): Promise<void> {
  for (const { set, ids } of together)
    if (ids.length > 0)
      await putTogether(manager, change, { ids, changeSetId: await openChangeSet(manager, change, set) });
}

export async function putTogether(
  manager: EntityManager,
  { workspaceId }: WorkspaceChange,
  { ids, changeSetId }: { readonly ids: readonly string[]; readonly changeSetId: string },
): Promise<void> {
  await inIdBatches(ids, async batch => {
    await manager.update(MockEntity, { workspaceId, id: In(batch) }, { changeSetId });
  });
}

/** After drafts were published or discarded, or put into another set. */
export async function removeEmptyChangeSets(manager: EntityManager, { workspaceId }: WorkspaceChange): Promise<void> {
  await run(
    manager,
    sql`DELETE FROM change_sets WHERE workspace_id = ${workspaceId} AND NOT EXISTS (
          SELECT 1 FROM mocks WHERE mocks.workspace_id = change_sets.workspace_id AND mocks.change_set_id = change_sets.id)`,
  );
}
