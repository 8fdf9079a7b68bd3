import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems, BODY_PROBLEMS } from '@mock-server/http';
import { InWorkspace, type Workspace } from '@mock-server/workspaces';
import { type FastifyReply } from 'fastify';
import { clientGone } from './client-gone';
import { textOf } from './journal-query';
import {
  countsSchema,
  sequenceAnswerSchema,
  sequenceSchema,
  waitAnswerSchema,
  waitSchema,
  type SequenceBody,
  type WaitBody,
} from './verification-schema';
import { VerificationService } from './verification.service';

@ApiTags('requests')
@Controller('__admin/requests')
export class VerificationController {
  constructor(private readonly verification: VerificationService) {}

  @Get('counts')
  @Access('viewer')
  @ApiOperation({
    summary: 'Exact counts by mock and by source since the journal was emptied',
    description: 'They go on when the journal drops its oldest exchanges.',
  })
  @ApiQuery({ name: 'matchingStub', required: false, schema: { type: 'string' }, description: 'Only this mock' })
  @ApiOkResponse({ standardSchema: countsSchema })
  @ApiProblems('bad-request', 'workspace-not-found', 'journal-incomplete')
  counts(@InWorkspace() workspace: Workspace, @Query() query: Record<string, unknown>): Promise<object> {
    return this.verification.counts(workspace, textOf(query, 'matchingStub'));
  }

  @Post('wait')
  @HttpCode(200)
  @Access('viewer')
  @ApiOperation({
    summary: 'Wait until enough matching requests came',
    description:
      'Counts what is in the journal and what comes. Answers 200 also when it did not come to pass: see `satisfied`.',
  })
  @ApiOkResponse({ standardSchema: waitAnswerSchema })
  @ApiProblems(...BODY_PROBLEMS, 'invalid-mapping', 'workspace-not-found', 'too-many-requests', 'journal-incomplete')
  wait(
    @InWorkspace() workspace: Workspace,
    @Body({ schema: waitSchema }) body: WaitBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    return this.verification.wait(workspace, body, clientGone(reply));
  }

  @Post('verify-sequence')
  @HttpCode(200)
  @Access('viewer')
  @ApiOperation({
    summary: 'Verify that requests came in an order',
    description: 'Answers 200 also when they did not: see `verified`, and `message` for what is missing.',
  })
  @ApiOkResponse({ standardSchema: sequenceAnswerSchema })
  @ApiProblems(...BODY_PROBLEMS, 'invalid-mapping', 'workspace-not-found', 'journal-incomplete')
  verifySequence(
    @InWorkspace() workspace: Workspace,
    @Body({ schema: sequenceSchema }) body: SequenceBody,
  ): Promise<object> {
    return this.verification.verifySequence(workspace, body);
  }
}
