import { Database } from '@mock-server/database';
import { diffJson, type Mapping } from '@mock-server/engine';
import { type Paging, Problem } from '@mock-server/http';
import { CHANGE_SOURCES, type ChangeSource, RevisionEntity, type Workspace } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { RevisionView, WorkspaceDiff } from './history-schemas';
import { mocksAt, type PastMock, touchedIds } from './past-mocks';
import { findRevision, settingsAt, viewRevision } from './past-revisions';

const MAX_PAGE = 1_000;
const MAX_MOCKS = 200;

export interface RevisionFilter {
  readonly source?: ChangeSource;
  readonly author?: string;
}

export function readRevisionFilter({ source, author }: Readonly<Record<string, unknown>>): RevisionFilter {
  if (source !== undefined && !CHANGE_SOURCES.includes(source as ChangeSource))
    throw new Problem('bad-request', { detail: `'source' takes one of ${CHANGE_SOURCES.join(', ')}.` });
  if (author !== undefined && (typeof author !== 'string' || author.length > 254 || author.includes('\0')))
    throw new Problem('bad-request', { detail: "'author' may be given once, with at most 254 characters." });
  return {
    ...(source !== undefined && { source: source as ChangeSource }),
    ...(author !== undefined && { author }),
  };
}

/** What happened to a workspace, and how two moments of it differ. */
@Injectable()
export class RevisionsService {
  constructor(private readonly database: Database) {}

  /** Newest first, a thousand at most. */
  list(
    { id: workspaceId }: Workspace,
    { limit, offset }: Paging,
    filter: RevisionFilter,
  ): Promise<{ revisions: RevisionView[]; meta: { total: number } }> {
    return this.database.read(async manager => {
      const [rows, total] = await manager.findAndCount(RevisionEntity, {
        where: { workspaceId, ...filter },
        order: { revision: 'DESC' },
        skip: offset,
        take: Math.min(limit ?? MAX_PAGE, MAX_PAGE),
      });
      return { revisions: rows.map(viewRevision), meta: { total } };
    });
  }

  get(workspace: Workspace, text: string): Promise<RevisionView> {
    return this.database.read(async manager => {
      const revision = await findRevision(manager, workspace, { text });
      const row = await manager.findOneBy(RevisionEntity, { workspaceId: workspace.id, revision });
      if (row !== null) return viewRevision(row);
      throw new Problem('revision-not-found', { detail: `Nothing is known of revision ${revision}.` });
    });
  }

  /** From one revision to another; without `from`, what the revision itself did. */
  diff(workspace: Workspace, { from, to }: { from: string | undefined; to: string }): Promise<WorkspaceDiff> {
    return this.database.read(async manager => {
      const [one, other] = [from ?? String(Math.max(Number(to) - 1, 0)), to];
      const [before, after] = [
        await findRevision(manager, workspace, { text: one }),
        await findRevision(manager, workspace, { text: other }),
      ];
      const span = { workspaceId: workspace.id, after: Math.min(before, after), upTo: Math.max(before, after) };
      const ids = await touchedIds(manager, span, MAX_MOCKS + 1);
      const told = ids.slice(0, MAX_MOCKS);
      const settings = diffJson(
        await settingsAt(manager, workspace.id, before),
        await settingsAt(manager, workspace.id, after),
      );
      const mocks = await this.diffMocks(manager, workspace, { before, after, ids: told });
      return {
        from: before,
        to: after,
        mocks,
        settings: { changes: [...settings.changes], isCut: settings.isCut },
        isCut: ids.length > told.length,
      };
    });
  }

  private async diffMocks(
    manager: EntityManager,
    { id: workspaceId }: Workspace,
    { before, after, ids }: { readonly before: number; readonly after: number; readonly ids: readonly string[] },
  ): Promise<WorkspaceDiff['mocks']> {
    const old = await mocksAt(manager, { workspaceId, revision: before }, ids);
    const young = await mocksAt(manager, { workspaceId, revision: after }, ids);
    return ids.flatMap(id => diffOf(id, old.get(id), young.get(id)));
  }
}

/** None for a mock that is the same on both sides, whatever it was in between. */
function diffOf(id: string, before: PastMock | undefined, after: PastMock | undefined): WorkspaceDiff['mocks'] {
  const [old, young] = [before, after].map(mock => mock && (JSON.parse(mock.mapping) as Mapping));
  const { changes, isCut } = diffJson(old, young);
  if (changes.length === 0) return [];
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return [{ id, name: (young ?? old)?.name ?? null, kind, changes: [...changes], isCut }];
}
