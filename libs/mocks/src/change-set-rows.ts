import { randomUUID } from 'node:crypto';
import { run, sql } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { type ChangeNote, type WorkspaceChange } from '@mock-server/workspaces';
import { type EntityManager } from 'typeorm';
import { ChangeSetEntity } from './change-set.entity';

const maxChangeSets = 1_000;

/** Drafts that a machine makes one after the other wait together, until somebody has reviewed them. */
const titleOf = { recorder: 'Recorded', ai: 'Generated' } as const;

/** The open change set that drafts of this change go into; undefined when a person made them. */
export async function changeSetOf(
  manager: EntityManager,
  change: WorkspaceChange,
  by: ChangeNote,
): Promise<string | undefined> {
  if (by.source !== 'recorder' && by.source !== 'ai') return undefined;
  const title = by.message?.slice(0, 200) ?? titleOf[by.source];
  const open = await manager.findOneBy(ChangeSetEntity, {
    workspaceId: change.workspaceId,
    title,
    source: by.source,
    author: by.author,
  });
  return open?.id ?? (await insertChangeSet(manager, change, { ...by, title }));
}

export async function insertChangeSet(
  manager: EntityManager,
  change: WorkspaceChange,
  { title, source, author }: ChangeNote & { readonly title: string },
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

/** After drafts were published or discarded, or put into another set. */
export async function removeEmptyChangeSets(manager: EntityManager, { workspaceId }: WorkspaceChange): Promise<void> {
  await run(
    manager,
    sql`DELETE FROM change_sets WHERE workspace_id = ${workspaceId} AND NOT EXISTS (
          SELECT 1 FROM mocks WHERE mocks.workspace_id = change_sets.workspace_id AND mocks.change_set_id = change_sets.id)`,
  );
}
