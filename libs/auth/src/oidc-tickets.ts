import { CONFIG, type Config } from '@mock-server/config';
import { Problem } from '@mock-server/http';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { z } from 'zod';

/** What a sign-in by OpenID Connect must find again when the browser comes back. */
export type OidcTicket = z.output<typeof ticketSchema>;

export const TICKET_SECONDS = 600;
const AUDIENCE = 'mock-server-oidc';
const ALGORITHM = 'HS256';

const ticketSchema = z.object({ state: z.string(), nonce: z.string(), verifier: z.string() });

/** Kept by the browser in a cookie, signed: so the browser may come back to any replica, and nothing waits in the server. */
@Injectable()
export class OidcTickets {
  constructor(
    private readonly jwt: JwtService,
    @Inject(CONFIG) private readonly config: Pick<Config, 'signIn'>,
  ) {}

  sign(ticket: OidcTicket): string {
    const secret = this.config.signIn?.jwtSecret ?? '';
    return this.jwt.sign(ticket, { secret, algorithm: ALGORITHM, audience: AUDIENCE, expiresIn: TICKET_SECONDS });
  }

  /** Throws 'sign-in-failed' when there is none, it is not ours, or it is too old. */
  require(text: string | undefined): OidcTicket {
    const ticket = this.read(text);
    if (ticket !== undefined) return ticket;
    throw new Problem('sign-in-failed', {
      detail: 'This sign-in was not begun in this browser, or too long ago: start again at /__admin/auth/oidc/sign-in.',
    });
  }

  private read(text: string | undefined): OidcTicket | undefined {
    const { jwtSecret, previousJwtSecret } = this.config.signIn ?? {};
    for (const secret of [jwtSecret, previousJwtSecret]) {
      if (secret === undefined || text === undefined) continue;
      try {
        return ticketSchema.parse(this.jwt.verify(text, { secret, algorithms: [ALGORITHM], audience: AUDIENCE }));
      } catch {
        // the other key may fit
      }
    }
    return undefined;
  }
}
