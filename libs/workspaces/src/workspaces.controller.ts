import { Access, ApiProblems, CalledBy, type Caller, SignedIn } from '@mock-server/http';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  newWorkspaceSchema,
  settingsSchema,
  workspaceListSchema,
  workspacePatchSchema,
  workspaceSchema,
  type NewWorkspace,
  type Workspace,
  type WorkspacePatch,
  type WorkspaceSettings,
} from './workspace';
import { WorkspacesService } from './workspaces.service';

@ApiTags('workspaces')
@Controller('__admin/workspaces')
export class WorkspacesController {
  constructor(private readonly workspaces: WorkspacesService) {}

  @Get()
  @SignedIn()
  @ApiOperation({ summary: 'List the workspaces that you have a role in' })
  @ApiOkResponse({ standardSchema: workspaceListSchema })
  @ApiProblems('internal')
  list(@CalledBy() caller: Caller): { workspaces: readonly Workspace[]; meta: { total: number } } {
    return this.workspaces.list(caller);
  }

  @Post()
  @Access('admin')
  @ApiOperation({ summary: 'Make a workspace' })
  @ApiCreatedResponse({ standardSchema: workspaceSchema })
  @ApiProblems('bad-request', 'invalid-json', 'invalid-body', 'workspace-exists', 'conflict', 'database-unavailable')
  create(@Body({ schema: newWorkspaceSchema }) workspace: NewWorkspace): Promise<Workspace> {
    return this.workspaces.create(workspace);
  }

  @Get(':slug')
  @Access('viewer', { of: 'slug' })
  @ApiOperation({ summary: 'Get a workspace' })
  @ApiOkResponse({ standardSchema: workspaceSchema })
  @ApiProblems('workspace-not-found')
  get(@Param('slug') slug: string): Promise<Workspace> {
    return this.workspaces.get(slug);
  }

  @Patch(':slug')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'Change the name or some settings of a workspace' })
  @ApiOkResponse({ standardSchema: workspaceSchema })
  @ApiProblems('bad-request', 'invalid-json', 'invalid-body', 'workspace-not-found', 'database-unavailable')
  update(
    @Param('slug') slug: string,
    @Body({ schema: workspacePatchSchema }) patch: WorkspacePatch,
  ): Promise<Workspace> {
    return this.workspaces.update(slug, patch);
  }

  @Put(':slug/settings')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'Replace the settings of a workspace' })
  @ApiOkResponse({ standardSchema: workspaceSchema })
  @ApiProblems('bad-request', 'invalid-json', 'invalid-body', 'workspace-not-found', 'database-unavailable')
  replaceSettings(
    @Param('slug') slug: string,
    @Body({ schema: settingsSchema }) settings: WorkspaceSettings,
  ): Promise<Workspace> {
    return this.workspaces.replaceSettings(slug, settings);
  }

  @Delete(':slug')
  @HttpCode(200)
  @Access('admin')
  @ApiOperation({ summary: 'Delete a workspace with everything in it' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: false } })
  @ApiProblems('workspace-not-found', 'conflict', 'database-unavailable')
  async remove(@Param('slug') slug: string): Promise<Record<string, never>> {
    await this.workspaces.remove(slug);
    return {};
  }
}
