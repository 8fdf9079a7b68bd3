import { viewMapping, type CatalogMock, type Mapping } from '@mock-server/engine';
import { Problem } from '@mock-server/http';
import { type ChangeNote, type Workspace, type WorkspaceChange, WorkspacesService } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { removeEmptyChangeSets } from './change-set-rows';
import { toDocument } from './mapping-document';
import { MockCatalog } from './mock-catalog';
import { inIdBatches, replaceMocks } from './mock-rows';
import { MockEntity } from './mock.entity';

export const publishSchema = z
  .strictObject({ ids: z.array(z.uuid()).max(10_000).optional().describe('Default: all drafts') })
  .meta({ id: 'PublishDrafts' });

/** Mocks that a machine made, until somebody publishes them. */
@Injectable()
export class DraftsService {
  constructor(
    private readonly catalog: MockCatalog,
    private readonly workspaces: WorkspacesService,
  ) {}

  /** Newest first. */
  list(workspace: Workspace): object[] {
    return this.drafts(workspace)
      .sort((a, b) => b.position - a.position)
      .map(({ id, stored }) => viewMapping(id, stored.json));
  }

  /** Serves them from now on, all or none. Gives their ids. */
  async publish(workspace: Workspace, ids: readonly string[] | undefined, by: ChangeNote): Promise<string[]> {
    const drafts = new Set(this.drafts(workspace).map(({ id }) => id));
    const wanted = ids === undefined ? [...drafts] : [...new Set(ids.map(id => id.toLowerCase()))];
    const missing = wanted.find(id => !drafts.has(id));
    if (missing !== undefined) throw noDraft(missing);
    if (wanted.length === 0) return wanted;
    await this.workspaces.change(workspace.id, by, (manager, change) => publishMocks(manager, change, wanted));
    await this.catalog.refresh(workspace.id);
    return wanted;
  }

  private drafts(workspace: Workspace): CatalogMock[] {
    const mocks = [...(this.catalog.catalogOf(workspace.id)?.mocks() ?? [])];
    return mocks.filter(({ stored }) => !stored.enabled && stored.json.includes('"draft":true')).filter(isDraft);
  }
}

/** Makes drafts mocks like any other. One that somebody published or discarded meanwhile is a 404, and nothing is changed. */
export async function publishMocks(
  manager: EntityManager,
  change: WorkspaceChange,
  ids: readonly string[],
): Promise<void> {
  const { workspaceId } = change;
  await inIdBatches(ids, async batch => {
    const rows = await manager.findBy(MockEntity, { workspaceId, id: In(batch) });
    const byId = new Map(rows.map(row => [row.id, row]));
    const published = batch.map(id => {
      const row = byId.get(id);
      const { draft, ...mapping } = JSON.parse(row?.mapping ?? '{}') as Mapping;
      if (row === undefined || draft !== true) throw noDraft(id);
      return { document: toDocument(mapping, { id }), version: row.version };
    });
    await replaceMocks(manager, change, published);
  });
  await removeEmptyChangeSets(manager, change);
}

function isDraft({ mapping }: CatalogMock): boolean {
  return mapping.draft === true;
}

export function noDraft(id: string): Problem {
  return new Problem('mock-not-found', { detail: `No draft has id ${id}. GET /__admin/drafts lists them.` });
}
