import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems } from '@mock-server/http';
import { InWorkspace, type Workspace } from '@mock-server/workspaces';
import { ResetService } from './reset.service';

/** What belongs to no resource: reset of everything, and WireMock's global settings. */
@ApiTags('system')
@Controller('__admin')
export class ResetController {
  constructor(private readonly resets: ResetService) {}

  @Post('reset')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Reset mocks (persistent ones stay), scenarios and journal', description: 'No body.' })
  @ApiOkResponse({ description: 'Done; no body, as in WireMock' })
  @ApiProblems('workspace-not-found', 'database-unavailable')
  reset(@InWorkspace() workspace: Workspace): Promise<void> {
    return this.resets.reset(workspace);
  }

  @Get('settings')
  @Access('viewer')
  @ApiOperation({ summary: "WireMock's global settings; those that have an effect in this version" })
  @ApiOkResponse({
    schema: { type: 'object', properties: { settings: { type: 'object', additionalProperties: true } } },
  })
  @ApiProblems('workspace-not-found')
  settings(@InWorkspace() _workspace: Workspace): object {
    return { settings: { proxyPassThrough: false } };
  }
}
