import { Body, Controller, Get, HttpCode, Patch, Post, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems, BODY_PROBLEMS, CHANGE_PROBLEMS } from '@mock-server/http';
import { ChangedBy, type ChangeNote, InWorkspace, type Workspace } from '@mock-server/workspaces';
import {
  extendedSettingsSchema,
  type GlobalSettings,
  GlobalSettingsService,
  globalSettingsSchema,
} from './global-settings';
import { ResetService } from './reset.service';
import { z } from 'zod';

const settingsAnswerSchema = z.object({ settings: globalSettingsSchema }).meta({ id: 'GlobalSettingsAnswer' });

/** What belongs to no resource: reset of everything, and WireMock's global settings. */
@ApiTags('system')
@Controller('__admin')
export class ResetController {
  constructor(
    private readonly resets: ResetService,
    private readonly globalSettings: GlobalSettingsService,
  ) {}

  @Post('reset')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Reset mocks (persistent ones stay), scenarios and journal', description: 'No body.' })
  @ApiOkResponse({ description: 'Done; no body, as in WireMock' })
  @ApiProblems(...CHANGE_PROBLEMS)
  reset(@InWorkspace() workspace: Workspace, @ChangedBy() by: ChangeNote): Promise<void> {
    return this.resets.reset(workspace, by);
  }

  @Get('settings')
  @Access('viewer')
  @ApiOperation({ summary: "WireMock's global settings" })
  @ApiOkResponse({ standardSchema: settingsAnswerSchema })
  @ApiProblems('workspace-not-found', 'database-unavailable')
  async settings(@InWorkspace() workspace: Workspace): Promise<{ settings: GlobalSettings }> {
    return { settings: await this.globalSettings.read(workspace) };
  }

  @Post('settings')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: "Replace WireMock's global settings" })
  @ApiOkResponse({ description: 'Done; no body, as in WireMock' })
  @ApiProblems(...BODY_PROBLEMS, ...CHANGE_PROBLEMS)
  replaceSettings(
    @InWorkspace() workspace: Workspace,
    @Body({ schema: globalSettingsSchema }) settings: GlobalSettings,
    @ChangedBy() by: ChangeNote,
  ): Promise<void> {
    return this.globalSettings.replace(workspace, settings, by);
  }

  @Patch('settings/extended')
  @Access('editor')
  @ApiOperation({ summary: "Change some of WireMock's extended settings" })
  @ApiOkResponse({ description: 'Done; no body, as in WireMock' })
  @ApiProblems(...BODY_PROBLEMS, ...CHANGE_PROBLEMS)
  patchExtended(
    @InWorkspace() workspace: Workspace,
    @Body({ schema: extendedSettingsSchema }) { extended }: { extended: Record<string, unknown> },
    @ChangedBy() by: ChangeNote,
  ): Promise<void> {
    return this.globalSettings.patchExtended(workspace, extended, by);
  }

  @Put('settings')
  @Access('editor')
  @ApiOperation({ summary: "Replace WireMock's global settings", description: 'The same as POST.' })
  @ApiOkResponse({ description: 'Done; no body, as in WireMock' })
  @ApiProblems(...BODY_PROBLEMS, ...CHANGE_PROBLEMS)
  putSettings(
    @InWorkspace() workspace: Workspace,
    @Body({ schema: globalSettingsSchema }) settings: GlobalSettings,
    @ChangedBy() by: ChangeNote,
  ): Promise<void> {
    return this.globalSettings.replace(workspace, settings, by);
  }
}
