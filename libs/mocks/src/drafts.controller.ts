import { Access, ApiProblems, BODY_PROBLEMS, CHANGE_PROBLEMS } from '@mock-server/http';
import { ChangedBy, type ChangeNote, InWorkspace, type Workspace } from '@mock-server/workspaces';
import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type z } from 'zod';
import { DraftsService, publishSchema } from './drafts.service';
import { mappingListSchema } from './mapping-api-schemas';

@ApiTags('recordings')
@Controller('__admin/drafts')
export class DraftsController {
  constructor(private readonly drafts: DraftsService) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List the mocks that were recorded or generated and are not published yet, newest first' })
  @ApiOkResponse({ schema: mappingListSchema })
  @ApiProblems('workspace-not-found')
  list(@InWorkspace() workspace: Workspace): object {
    const mappings = this.drafts.list(workspace);
    return { mappings, meta: { total: mappings.length } };
  }

  @Post('publish')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Serve drafts from now on: these, or all' })
  @ApiOkResponse({
    schema: { type: 'object', properties: { ids: { type: 'array', items: { type: 'string', format: 'uuid' } } } },
  })
  @ApiProblems(...BODY_PROBLEMS, 'mock-not-found', ...CHANGE_PROBLEMS)
  async publish(
    @InWorkspace() workspace: Workspace,
    @Body({ schema: publishSchema }) { ids }: z.output<typeof publishSchema>,
    @ChangedBy() by: ChangeNote,
  ): Promise<object> {
    return { ids: await this.drafts.publish(workspace, ids, by) };
  }
}
