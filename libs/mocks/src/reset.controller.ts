import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems } from '@mock-server/http';
import { InWorkspace, type Workspace } from '@mock-server/workspaces';
import { emptySchema } from './mapping-api-schemas';
import { MappingsDirectory } from './mappings-directory';
import { ResetHooks } from './reset-hooks';
import { ScenarioStates } from './scenario-states';

/** What belongs to no resource: reset of everything, and WireMock's global settings. */
@ApiTags('system')
@Controller('__admin')
export class ResetController {
  constructor(
    private readonly folder: MappingsDirectory,
    private readonly scenarios: ScenarioStates,
    private readonly hooks: ResetHooks,
  ) {}

  @Post('reset')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Reset mocks (persistent ones stay), scenarios and journal' })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('workspace-not-found', 'database-unavailable')
  async reset(@InWorkspace() workspace: Workspace): Promise<object> {
    await this.folder.reset(workspace);
    this.scenarios.reset(workspace.id);
    await this.hooks.run(workspace.id);
    return {};
  }

  @Get('settings')
  @Access('viewer')
  @ApiOperation({ summary: "WireMock's global settings; those that have an effect in this version" })
  @ApiOkResponse({ schema: { type: 'object', properties: { settings: { type: 'object', additionalProperties: true } } } })
  @ApiProblems('workspace-not-found')
  settings(@InWorkspace() _workspace: Workspace): object {
    return { settings: { proxyPassThrough: false } };
  }
}
