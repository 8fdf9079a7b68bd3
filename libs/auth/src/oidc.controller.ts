import { ApiProblems, Public } from '@mock-server/http';
import { Controller, Get, HttpCode, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { answerSession } from './answer-session';
import { OidcAccounts } from './oidc-accounts';
import { OidcProvider } from './oidc-provider';
import { OidcTickets, TICKET_SECONDS } from './oidc-tickets';
import { From, type RequestOrigin } from './request-origin';
import { OIDC_COOKIE } from './session-cookies';

const redirects = (description: string) => ApiResponse({ status: 302, description });

/** Sign-in at an OpenID provider: the browser goes there, and comes back with a code. */
@ApiTags('auth')
@Public()
@Controller('__admin/auth/oidc')
export class OidcController {
  constructor(
    private readonly provider: OidcProvider,
    private readonly tickets: OidcTickets,
    private readonly accounts: OidcAccounts,
  ) {}

  @Get('sign-in')
  @HttpCode(302)
  @ApiOperation({ summary: 'Go to the OpenID provider to sign in', description: 'For browsers.' })
  @redirects('To the provider. No body.')
  @ApiProblems('not-found', 'provider-unreachable')
  async begin(@From() origin: RequestOrigin, @Res() reply: FastifyReply): Promise<void> {
    const { url, ticket } = await this.provider.begin();
    const cookie = OIDC_COOKIE.write(this.tickets.sign(ticket), {
      maxAgeSeconds: TICKET_SECONDS,
      isSecure: origin.isSecure,
    });
    await reply.header('set-cookie', cookie).header('cache-control', 'no-store').redirect(url, 302);
  }

  @Get('callback')
  @HttpCode(302)
  @ApiOperation({ summary: 'Where the provider sends the browser back to', description: 'For browsers.' })
  @ApiQuery({ name: 'code', required: false })
  @ApiQuery({ name: 'state', required: false })
  @redirects('To the console, signed in by cookies that no script can read. No body.')
  @ApiProblems('bad-request', 'sign-in-failed', 'not-found', 'provider-unreachable', 'database-unavailable')
  async finish(@From() origin: RequestOrigin, @Res() reply: FastifyReply): Promise<void> {
    const { request, isSecure } = origin;
    const ticket = this.tickets.require(OIDC_COOKIE.read(request.headers.cookie ?? ''));
    const user = await this.provider.finish((request.url ?? '').split('?')[1] ?? '', ticket);
    const session = await this.accounts.signIn(user, origin);
    answerSession(reply, session, { isSecure, asCookie: true, more: OIDC_COOKIE.remove() });
    await reply.header('cache-control', 'no-store').redirect('/#/', 302);
  }
}
