import { Problem } from '@mock-server/http';
import {
  type PastSettings,
  RevisionEntity,
  withHistory,
  type Workspace,
  WorkspaceEntity,
} from '@mock-server/workspaces';
import { IsNull, MoreThan, Not, type EntityManager } from 'typeorm';
import type { RevisionView } from './history-schemas';

/** Name and settings as they were at a revision. */
export async function settingsAt(manager: EntityManager, workspaceId: string, revision: number): Promise<PastSettings> {
  const next = await manager.findOne(RevisionEntity, {
    where: { workspaceId, revision: MoreThan(revision), before: Not(IsNull()) },
    order: { revision: 'ASC' },
  });
  if (next?.before) return JSON.parse(next.before) as PastSettings;
  const now = await manager.findOneByOrFail(WorkspaceEntity, { id: workspaceId });
  return { name: now.name, settings: withHistory(JSON.parse(now.settings) as Record<string, unknown>) };
}

/** A revision out of a path or a query; what is none, or is not kept any more, is a 404. Within a change: `newest` is the one before it. */
export async function findRevision(
  manager: EntityManager,
  workspace: Workspace,
  { text, newest: limit = Infinity }: { readonly text: string; readonly newest?: number },
): Promise<number> {
  const revision = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  const { id: workspaceId } = workspace;
  const now = await manager.findOneByOrFail(WorkspaceEntity, { id: workspaceId });
  const first = await manager.findOne(RevisionEntity, { where: { workspaceId }, order: { revision: 'ASC' } });
  const newest = Math.min(now.revision, limit);
  const oldest = first?.revision ?? newest;
  if (revision >= oldest && revision <= newest) return revision;
  throw new Problem('revision-not-found', {
    detail: `The history of workspace '${workspace.slug}' goes from revision ${oldest} to ${newest}. GET /__admin/revisions lists it.`,
  });
}

export function viewRevision({ at, before, keptSize: _size, workspaceId: _id, ...row }: RevisionEntity): RevisionView {
  return { ...row, at: new Date(at).toISOString(), settings: before !== null };
}
