import { ApiProblems, BODY_PROBLEMS, CalledBy, type Caller, Public, SignedIn } from '@mock-server/http';
import { WorkspaceDirectory } from '@mock-server/workspaces';
import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { answerSession } from './answer-session';
import { acceptanceSchema, linkLookSchema, linkTokenSchema, sessionSchema, type AcceptanceBody } from './auth-schemas';
import { LinkAcceptance } from './link-acceptance';
import { OneTimeLinks } from './one-time-links';
import { refuseHugePassword } from './password-rules';
import { From, type RequestOrigin } from './request-origin';

/** For whoever got a link: to make the first account, to join, to set a new password. */
@ApiTags('auth')
@Controller('__admin/auth/links')
export class LinksController {
  constructor(
    private readonly acceptance: LinkAcceptance,
    private readonly links: OneTimeLinks,
    private readonly workspaces: WorkspaceDirectory,
  ) {}

  @Post('look')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'What a link is for' })
  @ApiOkResponse({ standardSchema: linkLookSchema })
  @ApiProblems(...BODY_PROBLEMS, 'link-unusable', 'database-unavailable')
  async look(@Body({ schema: linkTokenSchema }) { token }: { token: string }): Promise<object> {
    const { purpose, email, workspaceId, role, expiresAt } = await this.links.read(token);
    const workspace = workspaceId === null ? null : (this.workspaces.byId(workspaceId)?.slug ?? null);
    return { purpose, email, workspace, role, expiresAt: new Date(expiresAt).toISOString() };
  }

  @Post('accept')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Use a link: make the account, or set the password, and sign in' })
  @ApiOkResponse({ standardSchema: sessionSchema })
  @ApiProblems(...BODY_PROBLEMS, 'conflict', 'user-exists', 'link-unusable', 'overloaded')
  async accept(
    @Body({ schema: acceptanceSchema }) { cookie, ...acceptance }: AcceptanceBody,
    @From() origin: RequestOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    refuseHugePassword(acceptance.password);
    const session = await this.acceptance.accept(acceptance, origin);
    return answerSession(reply, session, { isSecure: origin.isSecure, asCookie: cookie });
  }

  @Post('join')
  @HttpCode(200)
  @SignedIn()
  @ApiOperation({ summary: 'Use an invitation with the account that you have' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: false } })
  @ApiProblems(...BODY_PROBLEMS, 'unauthorized', 'forbidden', 'link-unusable')
  async join(
    @CalledBy() caller: Caller,
    @Body({ schema: linkTokenSchema }) { token }: { token: string },
  ): Promise<object> {
    await this.acceptance.join(token, caller);
    return {};
  }
}
