import { Controller, Delete, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { viewMapping, type CatalogMock } from '@mock-server/engine';
import { Access, ApiProblems } from '@mock-server/http';
import { Journal } from '@mock-server/journal';
import { MockCatalog, MocksService } from '@mock-server/mocks';
import { ChangedBy, type ChangeNote, InWorkspace, type Workspace } from '@mock-server/workspaces';

/** Mocks that the journal shows no hit of: candidates for a clean-up. */
@ApiTags('mappings')
@Controller('__admin/mappings/unmatched')
export class UnmatchedMocksController {
  constructor(
    private readonly journal: Journal,
    private readonly catalogs: MockCatalog,
    private readonly mocks: MocksService,
  ) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List the mocks that answered nothing in the journal' })
  @ApiOkResponse({
    schema: {
      type: 'object',
      properties: { mappings: { type: 'array', items: { $ref: '#/components/schemas/Mapping' } } },
    },
  })
  @ApiProblems('workspace-not-found')
  list(@InWorkspace() workspace: Workspace): object {
    const mappings = this.unmatched(workspace).map(mock => viewMapping(mock.id, mock.stored.json));
    return { mappings, meta: { total: mappings.length } };
  }

  @Delete()
  @Access('editor')
  @ApiOperation({ summary: 'Delete the mocks that answered nothing in the journal' })
  @ApiOkResponse({ schema: { type: 'object' } })
  @ApiProblems('workspace-not-found', 'database-unavailable')
  async remove(@InWorkspace() workspace: Workspace, @ChangedBy() by: ChangeNote): Promise<object> {
    await this.mocks.removeMany(
      workspace,
      this.unmatched(workspace).map(mock => mock.id),
      by,
    );
    return {};
  }

  private unmatched(workspace: Workspace): CatalogMock[] {
    const hit = new Set<string>();
    for (const { exchange } of this.journal.newestFirst(workspace.id))
      if (exchange.mock !== undefined) hit.add(exchange.mock.id);
    const mocks = [...(this.catalogs.catalogOf(workspace.id)?.mocks() ?? [])].filter(mock => !hit.has(mock.id));
    return mocks.sort((a, b) => b.position - a.position);
  }
}
