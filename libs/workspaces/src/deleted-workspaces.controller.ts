import { Access, ApiProblems } from '@mock-server/http';
import { Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { deletedWorkspaceListSchema, viewWorkspace, workspaceSchema, type WorkspaceView } from './workspace';
import { WorkspaceRemoval } from './workspace-removal';

@ApiTags('workspaces')
@Access('admin')
@Controller('__admin/deleted-workspaces')
export class DeletedWorkspacesController {
  constructor(private readonly removal: WorkspaceRemoval) {}

  @Get()
  @ApiOperation({ summary: 'List the deleted workspaces that can still be restored' })
  @ApiOkResponse({ standardSchema: deletedWorkspaceListSchema })
  @ApiProblems('forbidden', 'database-unavailable')
  async list(): Promise<object> {
    return { workspaces: await this.removal.listDeleted() };
  }

  @Post(':id/restore')
  @HttpCode(200)
  @ApiOperation({ summary: 'Restore a deleted workspace with everything in it', description: 'No body.' })
  @ApiOkResponse({ standardSchema: workspaceSchema })
  @ApiProblems('forbidden', 'workspace-not-found', 'workspace-exists', 'database-unavailable')
  async restore(@Param('id') id: string): Promise<WorkspaceView> {
    return viewWorkspace(await this.removal.restore(id));
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Remove a deleted workspace for good' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: false } })
  @ApiProblems('forbidden', 'workspace-not-found', 'database-unavailable')
  async purge(@Param('id') id: string): Promise<object> {
    await this.removal.purge(id);
    return {};
  }
}
