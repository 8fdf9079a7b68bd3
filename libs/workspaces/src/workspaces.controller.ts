import { Access, ApiProblems, BODY_PROBLEMS, CalledBy, type Caller, SignedIn } from '@mock-server/http';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChangedBy, type ChangeNote } from './change-note';
import {
  newWorkspaceSchema,
  settingsSchema,
  workspaceListSchema,
  workspacePatchSchema,
  viewWorkspace,
  workspaceSchema,
  type NewWorkspace,
  type WorkspacePatch,
  type WorkspaceSettings,
  type WorkspaceView,
} from './workspace';
import { WorkspaceRemoval } from './workspace-removal';
import { WorkspacesService } from './workspaces.service';

@ApiTags('workspaces')
@Controller('__admin/workspaces')
export class WorkspacesController {
  constructor(
    private readonly workspaces: WorkspacesService,
    private readonly removal: WorkspaceRemoval,
  ) {}

  @Get()
  @SignedIn()
  @ApiOperation({ summary: 'List the workspaces that you have a role in' })
  @ApiOkResponse({ standardSchema: workspaceListSchema })
  @ApiProblems('internal')
  list(@CalledBy() caller: Caller): { workspaces: readonly WorkspaceView[]; meta: { total: number } } {
    const { workspaces, meta } = this.workspaces.list(caller);
    return { workspaces: workspaces.map(viewWorkspace), meta };
  }

  @Post()
  @Access('admin')
  @ApiOperation({ summary: 'Make a workspace' })
  @ApiCreatedResponse({ standardSchema: workspaceSchema })
  @ApiProblems(...BODY_PROBLEMS, 'workspace-exists', 'conflict', 'database-unavailable')
  async create(
    @Body({ schema: newWorkspaceSchema }) workspace: NewWorkspace,
    @ChangedBy() by: ChangeNote,
  ): Promise<WorkspaceView> {
    return viewWorkspace(await this.workspaces.create(workspace, by));
  }

  @Get(':slug')
  @Access('viewer', { of: 'slug' })
  @ApiOperation({ summary: 'Get a workspace' })
  @ApiOkResponse({ standardSchema: workspaceSchema })
  @ApiProblems('workspace-not-found')
  async get(@Param('slug') slug: string): Promise<WorkspaceView> {
    return viewWorkspace(await this.workspaces.get(slug));
  }

  @Patch(':slug')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'Change the name or some settings of a workspace; archive it' })
  @ApiOkResponse({ standardSchema: workspaceSchema })
  @ApiProblems(...BODY_PROBLEMS, 'workspace-not-found', 'database-unavailable', 'conflict')
  async update(
    @Param('slug') slug: string,
    @Body({ schema: workspacePatchSchema }) patch: WorkspacePatch,
    @ChangedBy() by: ChangeNote,
  ): Promise<WorkspaceView> {
    return viewWorkspace(await this.workspaces.update(slug, patch, by));
  }

  @Put(':slug/settings')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'Replace the settings of a workspace' })
  @ApiOkResponse({ standardSchema: workspaceSchema })
  @ApiProblems(...BODY_PROBLEMS, 'workspace-not-found', 'database-unavailable')
  async replaceSettings(
    @Param('slug') slug: string,
    @Body({ schema: settingsSchema }) settings: WorkspaceSettings,
    @ChangedBy() by: ChangeNote,
  ): Promise<WorkspaceView> {
    return viewWorkspace(await this.workspaces.replaceSettings(slug, settings, by));
  }

  @Delete(':slug')
  @HttpCode(200)
  @Access('admin')
  @ApiOperation({ summary: 'Delete a workspace with everything in it; it can be restored for some days' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: false } })
  @ApiProblems('workspace-not-found', 'conflict', 'database-unavailable')
  async remove(@Param('slug') slug: string): Promise<Record<string, never>> {
    await this.removal.remove(slug);
    return {};
  }
}
