import { randomUUID } from 'node:crypto';
import { Database, isUniqueViolation, Turnstile } from '@mock-server/database';
import { type Caller, Problem, roleIn } from '@mock-server/http';
import { Injectable } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { archivedWorkspace } from './archived-workspace';
import type { ChangeNote } from './change-note';
import { RevisionEntity } from './revision.entity';
import { isSessionScope } from './session';
import { SessionSync } from './session-sync';
import { unknownWorkspace } from './unknown-workspace';
import {
  besideSettings,
  DEFAULT_SLUG,
  MAX_WORKSPACES,
  type NewWorkspace,
  type Workspace,
  type WorkspacePatch,
  type WorkspaceSettings,
} from './workspace';
import { WorkspaceChange } from './workspace-change';
import { writeHint } from './workspace-hint';
import { WorkspaceDirectory } from './workspace-directory';
import { toWorkspace, WorkspaceEntity } from './workspace.entity';

type Work<T> = (manager: EntityManager, change: WorkspaceChange) => Promise<T>;

const MAX_WAITING_CHANGES = 1_000;
const MAX_CHANGE_WAIT_MS = 30_000;

@Injectable()
export class WorkspacesService {
  /** Changes of one workspace queue here, not on its row: waiting there would hold a connection each. */
  private readonly turnstiles = new Map<string, Turnstile>();

  constructor(
    private readonly database: Database,
    private readonly directory: WorkspaceDirectory,
    private readonly sessions: SessionSync,
  ) {}

  /** Those that the caller may know of, by slug. */
  list(caller: Caller): { workspaces: readonly Workspace[]; meta: { total: number } } {
    const visible = this.directory.all().filter(({ id }) => roleIn(caller, id) !== undefined);
    const workspaces = visible.sort((a, b) => (a.slug < b.slug ? -1 : 1));
    return { workspaces, meta: { total: workspaces.length } };
  }

  /** Asks the table before it says no: another replica may have made the workspace a moment ago. */
  async get(slug: string): Promise<Workspace> {
    if (!this.directory.bySlug(slug)) await this.directory.refresh();
    const workspace = this.directory.bySlug(slug);
    if (workspace) return workspace;
    throw unknownWorkspace(slug);
  }

  async create({ slug, name, backendUrl, settings }: NewWorkspace, by: ChangeNote): Promise<Workspace> {
    const now = Date.now();
    const entity: WorkspaceEntity = {
      id: randomUUID(),
      slug,
      name,
      settings: JSON.stringify({ ...settings, ...(backendUrl !== undefined && { backendUrl }) }),
      revision: 1,
      nextPosition: 1,
      floorRevision: 0,
      createdAt: now,
      updatedAt: now,
      archivedAt: null,
      deletedAt: null,
      deletedSlug: null,
      baseId: null,
      ttlMs: null,
      expiresAt: null,
    };
    try {
      await this.database.transaction(async manager => {
        if ((await manager.countBy(WorkspaceEntity, { deletedAt: IsNull(), baseId: IsNull() })) >= MAX_WORKSPACES) {
          throw new Problem('conflict', {
            detail: `There are ${MAX_WORKSPACES} workspaces already, the most there can be. Delete one first.`,
          });
        }
        await manager.insert(WorkspaceEntity, entity);
        await manager.insert(RevisionEntity, firstRevision(entity, by));
        this.database.hint(manager, writeHint(entity));
      });
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new Problem('workspace-exists', { detail: `There is a workspace '${slug}' already. Choose another slug.` });
    }
    this.directory.put(toWorkspace(entity));
    return this.get(slug);
  }

  async update(slug: string, patch: WorkspacePatch, by: ChangeNote): Promise<Workspace> {
    const { id } = await this.get(slug);
    if (patch.isArchived === true && slug === DEFAULT_SLUG) {
      throw new Problem('conflict', { detail: `Workspace '${DEFAULT_SLUG}' is always there, and cannot be archived.` });
    }
    await this.changeAny(id, by, async (_manager, change) => {
      if (patch.name !== undefined) change.name = patch.name;
      if (patch.isArchived !== undefined) change.isArchived = patch.isArchived;
      // Onto the stored settings, which say only what was set, so that BACKEND_URL and later defaults go on applying.
      if (patch.settings) change.settings = merge(change.settings, patch.settings);
      return Promise.resolve();
    });
    return this.get(slug);
  }

  async replaceSettings(slug: string, settings: WorkspaceSettings, by: ChangeNote): Promise<Workspace> {
    const { id } = await this.get(slug);
    await this.changeAny(id, by, (_manager, change) => {
      change.settings = { ...besideSettings(change.settings), ...settings };
      return Promise.resolve();
    });
    return this.get(slug);
  }

  /** Neither is in the history: its line says at least what was set. */
  async setBeside(
    slug: string,
    { name, value }: { readonly name: 'protection' | 'quotas'; readonly value: object | undefined },
    by: ChangeNote,
  ): Promise<Workspace> {
    const { id } = await this.get(slug);
    await this.changeAny(id, { ...by, message: by.message ?? `Set ${name}` }, (_manager, change) => {
      const { [name]: _old, ...rest } = change.settings;
      change.settings = value === undefined ? rest : { ...rest, [name]: value };
      return Promise.resolve();
    });
    return this.get(slug);
  }

  /**
   * The one way to change what a workspace holds: a transaction that locks the workspace's row, raises its revision by
   * one, hands out positions and writes a line of history. After the commit, and before this resolves, the directory knows the new revision.
   */
  change<T>(workspaceId: string, by: ChangeNote, work: Work<T>): Promise<{ result: T; revision: number }> {
    return this.changeAny(workspaceId, by, (manager, change) => {
      if (change.isArchived || this.isOnArchived(workspaceId)) throw archivedWorkspace();
      return work(manager, change);
    });
  }

  /** A session is archived with its workspace. */
  private isOnArchived(id: string): boolean {
    return isSessionScope(id) && this.directory.byId(id)?.isArchived === true;
  }

  /** Also of an archived one: its name, its settings, and that it is archived. */
  private async changeAny<T>(
    workspaceId: string,
    by: ChangeNote,
    work: Work<T>,
  ): Promise<{ result: T; revision: number }> {
    if (isSessionScope(workspaceId)) await this.sessions.ensureStored(workspaceId);
    return this.inTurn(workspaceId, async () => {
      const { result, change, workspace } = await this.database.transaction(async manager => {
        const change = await WorkspaceChange.begin(manager, workspaceId);
        if (change === undefined) throw unknownWorkspace(this.directory.byId(workspaceId)?.slug ?? workspaceId);
        const result = await work(manager, change);
        const workspace = change.finish(manager, by);
        this.database.hint(manager, writeHint(workspace));
        return { result, change, workspace };
      });
      change.tellCommitted();
      this.directory.put(workspace);
      return { result, revision: workspace.revision };
    });
  }

  private async inTurn<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
    const turnstile =
      this.turnstiles.get(workspaceId) ??
      new Turnstile({ places: 1, maxWaiting: MAX_WAITING_CHANGES, maxWaitMs: MAX_CHANGE_WAIT_MS });
    this.turnstiles.set(workspaceId, turnstile);
    try {
      return await turnstile.pass(work);
    } finally {
      if (turnstile.isIdle) this.turnstiles.delete(workspaceId);
    }
  }
}

/** Where the history of a workspace begins: what can be gone back to at the earliest. */
function firstRevision(
  { id, createdAt, revision }: WorkspaceEntity,
  { author, source, message }: ChangeNote,
): RevisionEntity {
  return {
    workspaceId: id,
    revision,
    at: createdAt,
    author,
    source,
    message: message ?? 'Made the workspace',
    added: 0,
    changed: 0,
    removed: 0,
    keptSize: 0,
    before: null,
  };
}

function merge(
  stored: Readonly<Record<string, unknown>>,
  patch: NonNullable<WorkspacePatch['settings']>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...stored, ...patch };
  for (const name of ['backendUrl', 'backend'] as const) if (patch[name] === null) delete merged[name];
  return merged;
}
