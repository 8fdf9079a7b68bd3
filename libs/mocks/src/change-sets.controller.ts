import { Access, ApiProblems, BODY_PROBLEMS, CHANGE_PROBLEMS } from '@mock-server/http';
import { ChangedBy, type ChangeNote, InWorkspace, type Workspace } from '@mock-server/workspaces';
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  changeSetListSchema,
  changeSetSchema,
  newChangeSetSchema,
  type ChangeSetView,
  type NewChangeSet,
} from './change-set-schemas';
import { ChangeSetsService } from './change-sets.service';
import { mappingRef } from './mapping-api-schemas';

const idsSchema = {
  type: 'object' as const,
  properties: { ids: { type: 'array' as const, items: { type: 'string' as const, format: 'uuid' } } },
};

/** Drafts from a recorder, a model or a person, reviewed together. */
@ApiTags('history')
@Controller('__admin/change-sets')
export class ChangeSetsController {
  constructor(private readonly changeSets: ChangeSetsService) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List the change sets that wait for review, newest first' })
  @ApiOkResponse({ standardSchema: changeSetListSchema })
  @ApiProblems('workspace-not-found', 'database-unavailable')
  async list(@InWorkspace() workspace: Workspace): Promise<object> {
    return { changeSets: await this.changeSets.list(workspace) };
  }

  @Post()
  @Access('editor')
  @ApiOperation({ summary: 'Put drafts together for review' })
  @ApiCreatedResponse({ standardSchema: changeSetSchema })
  @ApiProblems(...BODY_PROBLEMS, 'mock-not-found', 'conflict', ...CHANGE_PROBLEMS)
  make(
    @InWorkspace() workspace: Workspace,
    @Body({ schema: newChangeSetSchema }) wanted: NewChangeSet,
    @ChangedBy() by: ChangeNote,
  ): Promise<ChangeSetView> {
    return this.changeSets.make(workspace, wanted, by);
  }

  @Get(':id')
  @Access('viewer')
  @ApiOperation({ summary: 'Get a change set with its drafts, newest first, a thousand at most' })
  @ApiOkResponse({
    schema: {
      allOf: [
        { $ref: '#/components/schemas/ChangeSet' },
        { type: 'object', properties: { mappings: { type: 'array', items: mappingRef } } },
      ],
    },
  })
  @ApiProblems('change-set-not-found', 'workspace-not-found', 'database-unavailable')
  get(@InWorkspace() workspace: Workspace, @Param('id') id: string): Promise<object> {
    return this.changeSets.get(workspace, id);
  }

  @Post(':id/publish')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Serve all drafts of a change set from now on', description: 'No body.' })
  @ApiOkResponse({ schema: idsSchema })
  @ApiProblems('bad-request', 'change-set-not-found', 'mock-not-found', ...CHANGE_PROBLEMS)
  async publish(
    @InWorkspace() workspace: Workspace,
    @Param('id') id: string,
    @ChangedBy() by: ChangeNote,
  ): Promise<object> {
    return { ids: await this.changeSets.publish(workspace, id, by) };
  }

  @Delete(':id')
  @Access('editor')
  @ApiOperation({ summary: 'Discard a change set with all its drafts' })
  @ApiOkResponse({ schema: idsSchema })
  @ApiProblems('bad-request', 'change-set-not-found', ...CHANGE_PROBLEMS)
  async discard(
    @InWorkspace() workspace: Workspace,
    @Param('id') id: string,
    @ChangedBy() by: ChangeNote,
  ): Promise<object> {
    return { ids: await this.changeSets.discard(workspace, id, by) };
  }
}
