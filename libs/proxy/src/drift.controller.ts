import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems, BODY_PROBLEMS, CHANGE_PROBLEMS } from '@mock-server/http';
import { clientGone } from '@mock-server/journal';
import { ChangedBy, type ChangeNote, InWorkspace, type Workspace } from '@mock-server/workspaces';
import { type FastifyReply } from 'fastify';
import {
  driftPatchesSchema,
  driftReportSchema,
  driftSpecSchema,
  type DriftPatches,
  type DriftReport,
  type DriftSpec,
} from './drift-schema';
import { DriftService } from './drift.service';

@ApiTags('drift')
@Controller('__admin/drift')
export class DriftController {
  constructor(private readonly drift: DriftService) {}

  @Post()
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({
    summary: 'Compare mocks with the backend, and get a patch for each that differs',
    description: 'Nothing is changed. Body optional: { } compares all mocks of GET, HEAD and OPTIONS that are served.',
  })
  @ApiOkResponse({ standardSchema: driftReportSchema })
  @ApiProblems(...BODY_PROBLEMS, 'outbound-refused', 'workspace-not-found', 'too-many-requests', 'database-unavailable')
  compare(
    @InWorkspace() workspace: Workspace,
    @Body({ schema: driftSpecSchema.prefault({}) }) spec: DriftSpec,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DriftReport> {
    return this.drift.compare(workspace, spec, clientGone(reply));
  }

  @Post('apply')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({
    summary: 'Accept patches of a drift report: all that are given, or none',
    description: 'Takes the entries of drifted as they are in the report, or those of them that are accepted.',
  })
  @ApiOkResponse({
    schema: { type: 'object', properties: { ids: { type: 'array', items: { type: 'string', format: 'uuid' } } } },
  })
  @ApiProblems(...BODY_PROBLEMS, 'invalid-mapping', 'quota-exceeded', 'stale-write', ...CHANGE_PROBLEMS)
  apply(
    @InWorkspace() workspace: Workspace,
    @Body({ schema: driftPatchesSchema }) patches: DriftPatches,
    @ChangedBy() by: ChangeNote,
  ): Promise<object> {
    return this.drift.apply(workspace, patches, by);
  }
}
