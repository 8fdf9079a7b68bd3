import { mappingSchema } from '@mock-server/engine';
import { Access, ApiProblems, CHANGE_PROBLEMS } from '@mock-server/http';
import { ChangedBy, type ChangeNote, InWorkspace, type Workspace } from '@mock-server/workspaces';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { diffSchema, mockVersionListSchema } from './history-schemas';
import { MockHistoryService } from './mock-history.service';
import { RestoreService } from './restore.service';

/** What became of one mock; also of one that was deleted. */
@ApiTags('history')
@Controller('__admin/mappings/:id/revisions')
export class MockHistoryController {
  constructor(
    private readonly history: MockHistoryService,
    private readonly restores: RestoreService,
  ) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List what happened to a mock, newest first' })
  @ApiOkResponse({ standardSchema: mockVersionListSchema })
  @ApiProblems('bad-request', 'mock-not-found', 'workspace-not-found', 'database-unavailable')
  async list(@InWorkspace() workspace: Workspace, @Param('id') id: string): Promise<object> {
    return { versions: await this.history.list(workspace, id) };
  }

  @Get(':revision')
  @Access('viewer')
  @ApiOperation({ summary: 'Get a mock as it was at a revision of the workspace' })
  @ApiOkResponse({ standardSchema: mappingSchema })
  @ApiProblems('bad-request', 'mock-not-found', 'revision-not-found', 'workspace-not-found', 'database-unavailable')
  get(
    @InWorkspace() workspace: Workspace,
    @Param('id') id: string,
    @Param('revision') revision: string,
  ): Promise<object> {
    return this.history.get(workspace, id, revision);
  }

  @Get(':revision/diff')
  @Access('viewer')
  @ApiOperation({ summary: 'How a mock differs from what it was' })
  @ApiQuery({
    name: 'to',
    required: false,
    schema: { type: 'integer' },
    description: 'The other revision; absent: what the mock is now.',
  })
  @ApiOkResponse({ standardSchema: diffSchema })
  @ApiProblems('bad-request', 'mock-not-found', 'revision-not-found', 'workspace-not-found', 'database-unavailable')
  diff(
    @InWorkspace() workspace: Workspace,
    @Param('id') id: string,
    @Param('revision') from: string,
    @Query('to') to: string | undefined,
  ): Promise<object> {
    return this.history.diff(workspace, id, { from, to });
  }

  @Post(':revision/restore')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({
    summary: 'Make a mock what it was, also one that was deleted; it stands where it stood',
    description: 'No body.',
  })
  @ApiOkResponse({ standardSchema: mappingSchema })
  @ApiProblems('bad-request', 'mock-not-found', 'revision-not-found', 'quota-exceeded', ...CHANGE_PROBLEMS)
  restore(
    @InWorkspace() workspace: Workspace,
    @Param('id') id: string,
    @Param('revision') revision: string,
    @ChangedBy() by: ChangeNote,
  ): Promise<object> {
    return this.restores.restoreMock(workspace, { idText: id, revisionText: revision }, by);
  }
}
