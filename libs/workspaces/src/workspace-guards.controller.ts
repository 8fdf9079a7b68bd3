import { Access, ApiProblems, BODY_PROBLEMS } from '@mock-server/http';
import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChangedBy, type ChangeNote } from './change-note';
import { protectionSchema, protectionViewSchema, toProtection, viewProtection, type NewProtection } from './protection';
import { quotasSchema, type Quotas } from './quotas';
import { viewWorkspace, workspaceSchema, type WorkspaceView } from './workspace';
import { WorkspacesService } from './workspaces.service';

/** What stands before a workspace's traffic: who is let in, and how much. */
@ApiTags('workspaces')
@Controller('__admin/workspaces/:slug')
export class WorkspaceGuardsController {
  constructor(private readonly workspaces: WorkspacesService) {}

  @Get('protection')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'What a client must show to be answered' })
  @ApiOkResponse({ standardSchema: protectionViewSchema })
  @ApiProblems('forbidden', 'workspace-not-found')
  async protection(@Param('slug') slug: string): Promise<object> {
    return viewProtection((await this.workspaces.get(slug)).protection);
  }

  @Put('protection')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'Ask clients for an API key, Basic credentials or a JWT, or for nothing' })
  @ApiOkResponse({ standardSchema: protectionViewSchema })
  @ApiProblems(...BODY_PROBLEMS, 'forbidden', 'workspace-not-found', 'database-unavailable')
  async protect(
    @Param('slug') slug: string,
    @Body({ schema: protectionSchema }) given: NewProtection,
    @ChangedBy() by: ChangeNote,
  ): Promise<object> {
    const wanted = { name: 'protection', value: toProtection(given) } as const;
    const { protection } = await this.workspaces.setBeside(slug, wanted, by);
    return viewProtection(protection);
  }

  @Put('quotas')
  @Access('admin', { of: 'slug' })
  @ApiOperation({ summary: 'Bound what a workspace may take; an empty object takes the bounds away' })
  @ApiOkResponse({ standardSchema: workspaceSchema })
  @ApiProblems(...BODY_PROBLEMS, 'forbidden', 'workspace-not-found', 'database-unavailable')
  async setQuotas(
    @Param('slug') slug: string,
    @Body({ schema: quotasSchema }) quotas: Quotas,
    @ChangedBy() by: ChangeNote,
  ): Promise<WorkspaceView> {
    return viewWorkspace(await this.workspaces.setBeside(slug, { name: 'quotas', value: quotas }, by));
  }
}
