import { viewMapping, type CatalogMock } from '@mock-server/engine';
import { Problem } from '@mock-server/http';
import { type Workspace } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { MockCatalog } from './mock-catalog';
import { MockImportService } from './mock-import.service';

export const publishSchema = z
  .strictObject({ ids: z.array(z.uuid()).max(10_000).optional().describe('Default: all drafts') })
  .meta({ id: 'PublishDrafts' });

/** Mocks that a machine made, until somebody publishes them. */
@Injectable()
export class DraftsService {
  constructor(
    private readonly catalog: MockCatalog,
    private readonly imports: MockImportService,
  ) {}

  /** Newest first. */
  list(workspace: Workspace): object[] {
    return this.drafts(workspace)
      .sort((a, b) => b.position - a.position)
      .map(({ id, stored }) => viewMapping(id, stored.json));
  }

  /** Serves them from now on, all or none. Gives their ids. */
  async publish(workspace: Workspace, ids?: readonly string[]): Promise<string[]> {
    const drafts = new Map(this.drafts(workspace).map(mock => [mock.id, mock]));
    const wanted = ids === undefined ? [...drafts.keys()] : [...new Set(ids.map(id => id.toLowerCase()))];
    const missing = wanted.find(id => !drafts.has(id));
    if (missing !== undefined)
      throw new Problem('mock-not-found', { detail: `No draft has id ${missing}. GET /__admin/drafts lists them.` });
    const published = wanted.map(id => {
      const { draft: _draft, ...mapping } = drafts.get(id)!.mapping;
      return mapping;
    });
    if (published.length > 0)
      await this.imports.import(workspace, published, { duplicatePolicy: 'OVERWRITE', deleteAllNotInImport: false });
    return wanted;
  }

  private drafts(workspace: Workspace): CatalogMock[] {
    const mocks = [...(this.catalog.catalogOf(workspace.id)?.mocks() ?? [])];
    return mocks.filter(({ stored }) => !stored.enabled && stored.json.includes('"draft":true')).filter(isDraft);
  }
}

function isDraft({ mapping }: CatalogMock): boolean {
  return mapping.draft === true;
}
