import { Controller, Delete, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { viewMapping, type CatalogMock } from '@mock-server/engine';
import { Access, ApiProblems, CHANGE_PROBLEMS } from '@mock-server/http';
import { SharedJournal } from '@mock-server/journal';
import { MockCatalog, MocksService } from '@mock-server/mocks';
import { ChangedBy, type ChangeNote, InWorkspace, type Workspace } from '@mock-server/workspaces';

/** Mocks that the journal shows no hit of: candidates for a clean-up. */
@ApiTags('mappings')
@Controller('__admin/mappings/unmatched')
export class UnmatchedMocksController {
  constructor(
    private readonly journal: SharedJournal,
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
  @ApiProblems('workspace-not-found', 'journal-incomplete')
  async list(@InWorkspace() workspace: Workspace): Promise<object> {
    const mappings = (await this.unmatched(workspace)).map(mock => viewMapping(mock.id, mock.stored.json));
    return { mappings, meta: { total: mappings.length } };
  }

  @Delete()
  @Access('editor')
  @ApiOperation({ summary: 'Delete the mocks that answered nothing in the journal' })
  @ApiOkResponse({ schema: { type: 'object' } })
  @ApiProblems(...CHANGE_PROBLEMS, 'journal-incomplete')
  async remove(@InWorkspace() workspace: Workspace, @ChangedBy() by: ChangeNote): Promise<object> {
    await this.mocks.removeMany(
      workspace,
      (await this.unmatched(workspace)).map(mock => mock.id),
      by,
    );
    return {};
  }

  private async unmatched(workspace: Workspace): Promise<CatalogMock[]> {
    const hit = new Set<string>();
    const journal = await this.journal.look(workspace.id);
    for (const { exchange } of journal.newestFirst(workspace.id))
      if (exchange.mock !== undefined) hit.add(exchange.mock.id);
    const mocks = [...(this.catalogs.catalogOf(workspace.id)?.mocks() ?? [])].filter(mock => !hit.has(mock.id));
    return mocks.sort((a, b) => b.position - a.position);
  }
}
