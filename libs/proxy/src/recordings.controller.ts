import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems, BODY_PROBLEMS, CHANGE_PROBLEMS } from '@mock-server/http';
import { ChangedBy, type ChangeNote, InWorkspace, type Workspace } from '@mock-server/workspaces';
import { type RecordingResult, RecordingsService, type RecordingStatus } from './recordings.service';

const specBody = { required: false, schema: { $ref: '#/components/schemas/RecordSpec' } };
const resultSchema = {
  type: 'object',
  properties: {
    mappings: { type: 'array', items: { $ref: '#/components/schemas/Mapping' } },
    ids: { type: 'array', items: { type: 'string', format: 'uuid' }, description: 'With outputFormat IDS' },
    drift: { $ref: '#/components/schemas/DriftReport' },
  },
} as const;

@ApiTags('recordings')
@Controller('__admin/recordings')
export class RecordingsController {
  constructor(private readonly recordings: RecordingsService) {}

  @Post('start')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({
    summary: 'Record what backends answer, from now on',
    description: 'Without targetBaseUrl: what mocks and the fallback pass on.',
  })
  @ApiBody(specBody)
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: false } })
  @ApiProblems(...BODY_PROBLEMS, 'invalid-mapping', 'outbound-refused', ...CHANGE_PROBLEMS)
  async start(
    @InWorkspace() workspace: Workspace,
    @Body() body: unknown,
    @ChangedBy() by: ChangeNote,
  ): Promise<object> {
    await this.recordings.start(workspace, body, by);
    return {};
  }

  @Post('stop')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Stop recording, and make mocks of what was recorded', description: 'No body.' })
  @ApiOkResponse({ schema: resultSchema })
  @ApiProblems('not-recording', ...CHANGE_PROBLEMS)
  stop(@InWorkspace() workspace: Workspace, @ChangedBy() by: ChangeNote): Promise<RecordingResult> {
    return this.recordings.stop(workspace, by);
  }

  @Get('status')
  @Access('viewer')
  @ApiOperation({ summary: 'Whether the workspace records' })
  @ApiOkResponse({
    schema: {
      type: 'object',
      properties: { status: { type: 'string', enum: ['NeverStarted', 'Recording', 'Stopped'] } },
    },
  })
  @ApiProblems('workspace-not-found')
  status(@InWorkspace() workspace: Workspace): { status: RecordingStatus } {
    return { status: this.recordings.status(workspace) };
  }

  @Post('snapshot')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Make mocks of proxied exchanges in the journal' })
  @ApiBody(specBody)
  @ApiOkResponse({ schema: resultSchema })
  @ApiProblems(...BODY_PROBLEMS, ...CHANGE_PROBLEMS)
  snapshot(
    @InWorkspace() workspace: Workspace,
    @Body() body: unknown,
    @ChangedBy() by: ChangeNote,
  ): Promise<RecordingResult> {
    return this.recordings.snapshot(workspace, body, by);
  }
}
