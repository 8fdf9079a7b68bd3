import { ApiProblems, BODY_PROBLEMS, CalledBy, type Caller, Problem, Public, SignedIn } from '@mock-server/http';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Accounts } from './accounts';
import { answerSession, removeCookies } from './answer-session';
import {
  authOptionsSchema,
  meSchema,
  passwordChangeSchema,
  refreshSchema,
  sessionSchema,
  signInListSchema,
  signInSchema,
  type PasswordChangeBody,
  type RefreshBody,
  type SignInBody,
} from './auth-schemas';
import { Identity } from './identity';
import { refuseHugePassword } from './password-rules';
import { From, type RequestOrigin } from './request-origin';
import { REFRESH_COOKIE } from './session-cookies';
import { Sessions } from './sessions';

@ApiTags('auth')
@Controller('__admin/auth')
export class AuthController {
  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly identity: Identity,
  ) {}

  @Get('options')
  @Public()
  @ApiOperation({ summary: 'How one signs in here' })
  @ApiOkResponse({ standardSchema: authOptionsSchema })
  @ApiProblems('database-unavailable')
  options(): Promise<object> {
    return this.identity.options();
  }

  @Post('sign-in')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Sign in with email and password' })
  @ApiOkResponse({ standardSchema: sessionSchema })
  @ApiProblems(...BODY_PROBLEMS, 'sign-in-failed', 'conflict', 'too-many-requests', 'overloaded')
  async signIn(
    @Body({ schema: signInSchema }) { email, password, cookie }: SignInBody,
    @From() origin: RequestOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    refuseHugePassword(password);
    const session = await this.accounts.signIn(email, password, origin);
    return answerSession(reply, session, { isSecure: origin.isSecure, asCookie: cookie });
  }

  @Post('refresh')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Get the next access token; a refresh token that comes twice ends the sign-in' })
  @ApiOkResponse({ standardSchema: sessionSchema })
  @ApiProblems(...BODY_PROBLEMS, 'sign-in-failed', 'conflict', 'database-unavailable')
  async refresh(
    @Body({ schema: refreshSchema }) { refreshToken, cookie }: RefreshBody,
    @From() origin: RequestOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const sent = refreshToken ?? REFRESH_COOKIE.read(origin.request.headers.cookie ?? '');
    const session = await this.sessions.refresh(sent ?? '');
    const asCookie = cookie ?? refreshToken === undefined;
    return answerSession(reply, session, { isSecure: origin.isSecure, asCookie });
  }

  @Get('me')
  @SignedIn()
  @ApiOperation({ summary: 'Who you are, and your roles' })
  @ApiOkResponse({ standardSchema: meSchema })
  @ApiProblems('unauthorized')
  me(@CalledBy() caller: Caller): object {
    return this.identity.describe(caller);
  }

  @Post('sign-out')
  @HttpCode(200)
  @SignedIn()
  @ApiOperation({ summary: 'End this sign-in', description: 'No body.' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: false } })
  @ApiProblems('unauthorized', 'forbidden', 'database-unavailable')
  async signOut(@CalledBy() caller: Caller, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    await this.sessions.end(userOf(caller).signInId);
    removeCookies(reply);
    return {};
  }

  @Post('sign-out-everywhere')
  @HttpCode(200)
  @SignedIn()
  @ApiOperation({ summary: 'End all your sign-ins, this one too', description: 'No body.' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: false } })
  @ApiProblems('unauthorized', 'forbidden', 'database-unavailable')
  async signOutEverywhere(
    @CalledBy() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    await this.sessions.endAll(userOf(caller).id);
    removeCookies(reply);
    return {};
  }

  @Post('password')
  @HttpCode(200)
  @SignedIn()
  @ApiOperation({ summary: 'Change your password; ends all other sign-ins' })
  @ApiOkResponse({ standardSchema: sessionSchema })
  @ApiProblems(...BODY_PROBLEMS, 'sign-in-failed', 'forbidden', 'too-many-requests', 'overloaded')
  async changePassword(
    @CalledBy() caller: Caller,
    @Body({ schema: passwordChangeSchema }) { current, password, cookie }: PasswordChangeBody,
    @From() origin: RequestOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    refuseHugePassword(current);
    const session = await this.accounts.changePassword(userOf(caller).id, { current, next: password }, origin);
    return answerSession(reply, session, { isSecure: origin.isSecure, asCookie: cookie });
  }

  @Get('sign-ins')
  @SignedIn()
  @ApiOperation({ summary: 'Where you are signed in' })
  @ApiOkResponse({ standardSchema: signInListSchema })
  @ApiProblems('unauthorized', 'forbidden', 'database-unavailable')
  signIns(@CalledBy() caller: Caller): Promise<object> {
    return this.identity.signIns(userOf(caller));
  }

  @Delete('sign-ins/:id')
  @SignedIn()
  @ApiOperation({ summary: 'End one of your sign-ins' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: false } })
  @ApiProblems('unauthorized', 'forbidden', 'not-found', 'database-unavailable')
  async endSignIn(@CalledBy() caller: Caller, @Param('id') id: string): Promise<object> {
    await this.identity.endSignIn(userOf(caller), id);
    return {};
  }
}

function userOf(caller: Caller): Extract<Caller, { kind: 'user' }> {
  if (caller.kind === 'user') return caller;
  throw new Problem('forbidden', { detail: 'This is for users who signed in, not for API tokens.' });
}
