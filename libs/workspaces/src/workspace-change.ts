import { IsNull, type EntityManager } from 'typeorm';
import type { ChangeNote } from './change-note';
import { withHistory } from './past-settings';
import { RevisionEntity } from './revision.entity';
import type { Workspace } from './workspace';
import { toWorkspace, WorkspaceEntity } from './workspace.entity';

/** One change of a workspace, inside its transaction. */
export class WorkspaceChange {
  private readonly entity: WorkspaceEntity;
  private readonly before: string;
  private readonly tally = { added: 0, changed: 0, removed: 0, keptSize: 0 };
  name: string;
  isArchived: boolean;
  /** As stored: only what was set. */
  settings: Readonly<Record<string, unknown>>;

  private constructor(entity: WorkspaceEntity) {
    this.entity = entity;
    this.name = entity.name;
    this.isArchived = entity.archivedAt !== null;
    this.settings = parseObject(entity.settings);
    this.before = this.historic();
  }

  /** Locks the workspace until the transaction ends: the update comes first, so that nothing is read before the lock. */
  static async begin(manager: EntityManager, workspaceId: string): Promise<WorkspaceChange | undefined> {
    await manager.increment(WorkspaceEntity, { id: workspaceId }, 'revision', 1);
    const entity = await manager.findOneBy(WorkspaceEntity, { id: workspaceId, deletedAt: IsNull() });
    return entity === null ? undefined : new WorkspaceChange(entity);
  }

  /** The revision that this change makes. */
  get revision(): number {
    return this.entity.revision;
  }

  get workspaceId(): string {
    return this.entity.id;
  }

  /** How many mocks this change touches, and how many characters of them are kept: for the history. */
  count(touched: Partial<Readonly<WorkspaceChange['tally']>>): void {
    for (const kind of ['added', 'changed', 'removed', 'keptSize'] as const) this.tally[kind] += touched[kind] ?? 0;
  }

  /** The first of `count` consecutive positions, higher than all before them in this workspace. */
  takePositions(count: number): Promise<number> {
    const first = this.entity.nextPosition;
    this.entity.nextPosition += count;
    return Promise.resolve(first);
  }

  /** This change cannot be followed row by row: who knows an older revision must read everything again. */
  resetFloor(): Promise<void> {
    this.entity.floorRevision = this.entity.revision;
    return Promise.resolve();
  }

  async finish(manager: EntityManager, { author, source, message }: ChangeNote): Promise<Workspace> {
    const { entity } = this;
    entity.name = this.name;
    entity.settings = JSON.stringify(this.settings);
    entity.updatedAt = Date.now();
    entity.archivedAt = this.isArchived ? (entity.archivedAt ?? entity.updatedAt) : null;
    const { name, settings, nextPosition, floorRevision, updatedAt, archivedAt } = entity;
    await manager.update(
      WorkspaceEntity,
      { id: entity.id },
      { name, settings, nextPosition, floorRevision, updatedAt, archivedAt },
    );
    await manager.insert(RevisionEntity, {
      workspaceId: entity.id,
      revision: entity.revision,
      at: updatedAt,
      author,
      source,
      message: message ?? null,
      ...this.tally,
      before: this.historic() === this.before ? null : this.before,
    });
    return toWorkspace(entity);
  }

  private historic(): string {
    return JSON.stringify({ name: this.name, settings: withHistory(this.settings) });
  }
}

function parseObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
