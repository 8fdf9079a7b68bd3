import { Access, ApiProblems, CHANGE_PROBLEMS, type Paging, PagingQuery } from '@mock-server/http';
import { ChangedBy, CHANGE_SOURCES, type ChangeNote, InWorkspace, type Workspace } from '@mock-server/workspaces';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import {
  revisionListSchema,
  revisionSchema,
  workspaceDiffSchema,
  type RevisionView,
  type WorkspaceDiff,
} from './history-schemas';
import { RestoreService } from './restore.service';
import { readRevisionFilter, RevisionsService } from './revisions.service';

/** What happened to a workspace, and back to what it was. */
@ApiTags('history')
@Controller('__admin/revisions')
export class RevisionsController {
  constructor(
    private readonly revisions: RevisionsService,
    private readonly restores: RestoreService,
  ) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List the changes of a workspace, newest first, a thousand at most' })
  @ApiQuery({ name: 'source', required: false, schema: { type: 'string', enum: [...CHANGE_SOURCES] } })
  @ApiQuery({ name: 'author', required: false, schema: { type: 'string', maxLength: 254 } })
  @ApiOkResponse({ standardSchema: revisionListSchema })
  @ApiProblems('bad-request', 'workspace-not-found', 'database-unavailable')
  list(
    @InWorkspace() workspace: Workspace,
    @PagingQuery() paging: Paging,
    @Query() query: Record<string, unknown>,
  ): Promise<object> {
    return this.revisions.list(workspace, paging, readRevisionFilter(query));
  }

  @Get(':revision')
  @Access('viewer')
  @ApiOperation({ summary: 'Get a revision: who, when, why, how much' })
  @ApiOkResponse({ standardSchema: revisionSchema })
  @ApiProblems('revision-not-found', 'workspace-not-found', 'database-unavailable')
  get(@InWorkspace() workspace: Workspace, @Param('revision') revision: string): Promise<RevisionView> {
    return this.revisions.get(workspace, revision);
  }

  @Get(':revision/diff')
  @Access('viewer')
  @ApiOperation({
    summary: 'How mocks and settings differ between two revisions',
    description: 'At most 200 mocks are told, by id.',
  })
  @ApiQuery({
    name: 'from',
    required: false,
    schema: { type: 'integer' },
    description: 'The other revision; absent: the one before, so the answer is what this revision did.',
  })
  @ApiOkResponse({ standardSchema: workspaceDiffSchema })
  @ApiProblems('revision-not-found', 'workspace-not-found', 'database-unavailable')
  diff(
    @InWorkspace() workspace: Workspace,
    @Param('revision') revision: string,
    @Query('from') from: string | undefined,
  ): Promise<WorkspaceDiff> {
    return this.revisions.diff(workspace, { from, to: revision });
  }

  @Post(':revision/restore')
  @HttpCode(200)
  @Access('owner')
  @ApiOperation({
    summary: 'Go back: all mocks, name and settings become what they were',
    description: 'No body. A change like any other, so it can be taken back too.',
  })
  @ApiOkResponse({ standardSchema: revisionSchema })
  @ApiProblems('bad-request', 'forbidden', 'revision-not-found', 'quota-exceeded', ...CHANGE_PROBLEMS)
  restore(
    @InWorkspace() workspace: Workspace,
    @Param('revision') revision: string,
    @ChangedBy() by: ChangeNote,
  ): Promise<RevisionView> {
    return this.restores.restoreWorkspace(workspace, revision, by);
  }
}
