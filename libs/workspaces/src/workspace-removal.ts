import { CONFIG, type Config } from '@mock-server/config';
import { Database, isUniqueViolation, RepeatedWork } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { IsNull, LessThan, Not, type EntityManager } from 'typeorm';
import { deleteWorkspaces } from './delete-workspaces';
import { unknownWorkspace } from './unknown-workspace';
import { DEFAULT_SLUG, MAX_WORKSPACES, type Workspace } from './workspace';
import { WorkspaceDirectory } from './workspace-directory';
import { writeHint } from './workspace-hint';
import { toWorkspace, WorkspaceEntity } from './workspace.entity';
import { WorkspacesService } from './workspaces.service';

const DAY_MS = 86_400_000;
const SWEEP_EVERY_MS = 10 * 60_000;

export interface DeletedWorkspace {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly deletedAt: string;
  /** From then on it cannot be restored. */
  readonly goneAt: string;
}

/** Deleting workspaces, and taking that back for some days. */
@Injectable()
export class WorkspaceRemoval implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly graceMs: number;
  private readonly sweeps = new RepeatedWork({
    everyMs: SWEEP_EVERY_MS,
    work: () => this.sweep(),
    logger: new Logger('WorkspaceRemoval'),
    failure: 'Deleted workspaces could not be removed',
  });

  constructor(
    private readonly database: Database,
    private readonly directory: WorkspaceDirectory,
    private readonly workspaces: WorkspacesService,
    @Inject(CONFIG) config: Pick<Config, 'workspaceGraceDays'>,
  ) {
    this.graceMs = config.workspaceGraceDays * DAY_MS;
  }

  /** With everything in it. Its slug is free at once. */
  async remove(slug: string): Promise<void> {
    if (slug === DEFAULT_SLUG) {
      throw new Problem('conflict', {
        detail: `Workspace '${DEFAULT_SLUG}' always exists. To empty it, use POST /__admin/mappings/reset or DELETE /__admin/mappings.`,
      });
    }
    const { id } = await this.workspaces.get(slug);
    const affected = await this.database.transaction(async manager => {
      this.database.hint(manager, writeHint({ id, revision: Number.MAX_SAFE_INTEGER }));
      await deleteWorkspaces(manager, { baseId: id }); // its sessions: they are of a moment, and not restored
      const isKept = this.graceMs > 0 && (await manager.countBy(WorkspaceEntity, DELETED)) < MAX_WORKSPACES;
      return isKept ? markDeleted(manager, { id, slug }) : deleteWorkspaces(manager, { id });
    });
    this.directory.drop(id);
    if (affected === 0) throw unknownWorkspace(slug);
  }

  async listDeleted(): Promise<DeletedWorkspace[]> {
    const rows = await this.database.read(manager =>
      manager.find(WorkspaceEntity, { where: DELETED, order: { deletedAt: 'DESC' } }),
    );
    return rows.map(({ id, name, deletedSlug, deletedAt }) => ({
      id,
      slug: deletedSlug ?? '',
      name,
      deletedAt: new Date(deletedAt ?? 0).toISOString(),
      goneAt: new Date((deletedAt ?? 0) + this.graceMs).toISOString(),
    }));
  }

  async restore(id: string): Promise<Workspace> {
    const workspace = await this.database.transaction(async manager => {
      await manager.increment(WorkspaceEntity, { id }, 'revision', 1);
      const row = await manager.findOneBy(WorkspaceEntity, { id, ...DELETED });
      if (row === null) throw notDeleted();
      const back = { slug: row.deletedSlug ?? row.slug, deletedSlug: null, deletedAt: null };
      try {
        await manager.update(WorkspaceEntity, { id }, back);
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        throw new Problem('workspace-exists', {
          detail: `There is a workspace '${back.slug}' again by now. Delete that one before you restore this.`,
        });
      }
      this.database.hint(manager, writeHint(row));
      return toWorkspace({ ...row, ...back });
    });
    this.directory.put(workspace);
    return this.workspaces.get(workspace.slug);
  }

  /** Now, and for good. */
  async purge(id: string): Promise<void> {
    const affected = await this.database.transaction(manager => deleteWorkspaces(manager, { id, ...DELETED }));
    if (affected === 0) throw notDeleted();
  }

  onApplicationBootstrap(): void {
    this.sweeps.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.sweeps.stop();
  }

  /** Removes those whose time of grace is over. */
  async sweep(now: number = Date.now()): Promise<void> {
    await this.database.transaction(manager => deleteWorkspaces(manager, { deletedAt: LessThan(now - this.graceMs) }));
  }
}

const DELETED = { deletedAt: Not(IsNull()) };

/** The row is updated before anything else is, as in every change of a workspace: two that meet wait for one another. */
async function markDeleted(
  manager: EntityManager,
  { id, slug }: Pick<Workspace, 'id' | 'slug'>,
): Promise<number | undefined> {
  await manager.increment(WorkspaceEntity, { id }, 'revision', 1);
  const gone = { slug: `deleted-${id}`, deletedSlug: slug, deletedAt: Date.now() };
  return (await manager.update(WorkspaceEntity, { id, deletedAt: IsNull() }, gone)).affected;
}

function notDeleted(): Problem {
  return new Problem('workspace-not-found', {
    detail: 'There is no such deleted workspace. GET /__admin/deleted-workspaces lists them.',
  });
}
