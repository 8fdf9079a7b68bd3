import { viewMapping, type Mapping } from '@mock-server/engine';
import { Database } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { type ChangeNote, type Workspace, type WorkspaceChange, WorkspacesService } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { insertChangeSet, putTogether, removeEmptyChangeSets } from './change-set-rows';
import { ChangeSetEntity } from './change-set.entity';
import { type ChangeSetView, type NewChangeSet } from './change-set-schemas';
import { noDraft, publishMocks } from './drafts.service';
import { MockCatalog } from './mock-catalog';
import { removeMocks } from './mock-removal';
import { inIdBatches } from './mock-rows';
import { MockEntity } from './mock.entity';

const maxShown = 1_000;

/** Drafts that belong together: reviewed as one, then published or discarded as one. */
@Injectable()
export class ChangeSetsService {
  constructor(
    private readonly database: Database,
    private readonly workspaces: WorkspacesService,
    private readonly catalog: MockCatalog,
  ) {}

  /** Newest first. */
  list({ id: workspaceId }: Workspace): Promise<ChangeSetView[]> {
    return this.database.read(async manager => {
      const counts = await countDrafts(manager, workspaceId);
      const sets = await manager.find(ChangeSetEntity, { where: { workspaceId }, order: { createdAt: 'DESC' } });
      return sets.filter(({ id }) => counts.has(id)).map(set => viewOf(set, counts.get(set.id) ?? 0));
    });
  }

  /** With its drafts, newest first, a thousand at most. */
  get(workspace: Workspace, id: string): Promise<ChangeSetView & { readonly mappings: object[] }> {
    return this.database.read(async manager => {
      const set = await this.find(manager, workspace, id);
      const [rows, total] = await manager.findAndCount(MockEntity, {
        where: { workspaceId: workspace.id, changeSetId: id },
        order: { position: 'DESC' },
        take: maxShown,
      });
      return { ...viewOf(set, total), mappings: rows.map(row => viewMapping(row.id, row.mapping)) };
    });
  }

  /** Puts drafts together; those that wait in another set change over. */
  async make(workspace: Workspace, { title, ids }: NewChangeSet, by: ChangeNote): Promise<ChangeSetView> {
    const wanted = [...new Set(ids.map(id => id.toLowerCase()))];
    const note = { ...by, message: by.message ?? `Made change set ${title}` };
    const { result: id } = await this.workspaces.change(workspace.id, note, async (manager, change) => {
      await refuseOthers(manager, change, wanted);
      const made = await insertChangeSet(manager, change, { ...by, title });
      await putTogether(manager, change, { ids: wanted, changeSetId: made });
      await removeEmptyChangeSets(manager, change);
      return made;
    });
    const { mappings: _drafts, ...view } = await this.get(workspace, id);
    return view;
  }

  /** Serves all its drafts from now on. */
  publish(workspace: Workspace, id: string, by: ChangeNote): Promise<string[]> {
    return this.close(workspace, id, { by, verb: 'Published', work: publishMocks });
  }

  /** Removes all its drafts; the history has them still. */
  discard(workspace: Workspace, id: string, by: ChangeNote): Promise<string[]> {
    return this.close(workspace, id, { by, verb: 'Discarded', work: removeMocks });
  }

  private async close(
    workspace: Workspace,
    id: string,
    { by, verb, work }: { readonly by: ChangeNote; readonly verb: string; readonly work: typeof publishMocks },
  ): Promise<string[]> {
    const { title } = await this.database.read(manager => this.find(manager, workspace, id));
    const note = { ...by, message: by.message ?? `${verb} change set ${title}` };
    const { result } = await this.workspaces.change(workspace.id, note, async (manager, change) => {
      await this.find(manager, workspace, id); // somebody else may have closed it
      const drafts = await manager.find(MockEntity, {
        where: { workspaceId: workspace.id, changeSetId: id },
        select: { id: true },
      });
      const ids = drafts.map(draft => draft.id);
      await work(manager, change, ids);
      await removeEmptyChangeSets(manager, change);
      return ids;
    });
    await this.catalog.refresh(workspace.id);
    return result;
  }

  private async find(manager: EntityManager, workspace: Workspace, id: string): Promise<ChangeSetEntity> {
    const set = await manager.findOneBy(ChangeSetEntity, { workspaceId: workspace.id, id });
    if (set !== null) return set;
    throw new Problem('change-set-not-found', {
      detail: `Workspace '${workspace.slug}' has no open change set ${id.slice(0, 64)}. GET /__admin/change-sets lists them.`,
    });
  }
}

async function countDrafts(manager: EntityManager, workspaceId: string): Promise<Map<string, number>> {
  const rows = await manager
    .createQueryBuilder(MockEntity, 'mock')
    .select('mock.changeSetId', 'id')
    .addSelect('COUNT(*)', 'drafts')
    .where('mock.workspaceId = :workspaceId AND mock.changeSetId IS NOT NULL', { workspaceId })
    .groupBy('mock.changeSetId')
    .getRawMany<{ id: string; drafts: string | number }>();
  return new Map(rows.map(({ id, drafts }) => [id, Number(drafts)]));
}

async function refuseOthers(
  manager: EntityManager,
  { workspaceId }: WorkspaceChange,
  ids: readonly string[],
): Promise<void> {
  await inIdBatches(ids, async batch => {
    const rows = await manager.findBy(MockEntity, { workspaceId, id: In(batch) });
    const drafts = new Set(rows.filter(isDraft).map(({ id }) => id));
    const other = batch.find(id => !drafts.has(id));
    if (other !== undefined) throw noDraft(other);
  });
}

function isDraft({ mapping }: MockEntity): boolean {
  return (JSON.parse(mapping) as Mapping).draft === true;
}

function viewOf({ id, title, source, author, createdAt }: ChangeSetEntity, drafts: number): ChangeSetView {
  return { id, title, source, author, createdAt: new Date(createdAt).toISOString(), drafts };
}
