import { CONFIG, type Config, type OidcConfig } from '@mock-server/config';
import { Problem } from '@mock-server/http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import * as client from 'openid-client';
import { consoleUrl } from './console-url';
import type { OidcTicket } from './oidc-tickets';

const TIMEOUT_SECONDS = 10;
const REDISCOVER_AFTER_MS = 3_600_000;

/** What the provider says of a user. */
export interface OidcUser {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | undefined;
  /** Only an address that the provider has checked may open an account that was there before. */
  readonly isEmailVerified: boolean;
  readonly name: string | undefined;
  readonly groups: unknown;
}

/** The OpenID provider of the settings: found by its discovery document, asked with PKCE, state and nonce. */
@Injectable()
export class OidcProvider {
  private readonly logger = new Logger('OidcProvider');
  private known: { readonly at: number; readonly provider: Promise<client.Configuration> } | undefined;

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'signIn' | 'publicUrl' | 'host' | 'webUiPort'>) {}

  get redirectUri(): string {
    return `${consoleUrl(this.config)}/__admin/auth/oidc/callback`;
  }

  /** Where the browser goes to sign in, and what must be found again when it comes back. */
  async begin(): Promise<{ readonly url: string; readonly ticket: OidcTicket }> {
    const { scopes } = this.settings();
    const provider = await this.discover();
    const ticket = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    };
    const url = client.buildAuthorizationUrl(provider, {
      redirect_uri: this.redirectUri,
      scope: scopes,
      state: ticket.state,
      nonce: ticket.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(ticket.verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, ticket };
  }

  /** Exchanges the code in `query` for what is known of the user. Throws 'sign-in-failed' when anything does not fit. */
  async finish(query: string, { state, nonce, verifier }: OidcTicket): Promise<OidcUser> {
    const { groupsClaim, issuer } = this.settings();
    const provider = await this.discover();
    try {
      const tokens = await client.authorizationCodeGrant(provider, new URL(`${this.redirectUri}?${query}`), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error('the provider sent no ID token');
      const isWhole = claims['email'] !== undefined && claims[groupsClaim] !== undefined;
      const hasMore = !isWhole && provider.serverMetadata().userinfo_endpoint !== undefined;
      const more = hasMore ? await client.fetchUserInfo(provider, tokens.access_token, claims.sub) : {};
      return readUser({ ...more, ...claims }, { issuer, subject: claims.sub, groupsClaim });
    } catch (error) {
      throw this.failed(error);
    }
  }

  private settings(): OidcConfig {
    const oidc = this.config.signIn?.oidc;
    if (oidc !== undefined) return oidc;
    throw new Problem('not-found', { detail: 'Sign-in by OpenID Connect is not set up here: see OIDC_ISSUER.' });
  }

  private async discover(): Promise<client.Configuration> {
    const now = Date.now();
    if (this.known === undefined || this.known.at + REDISCOVER_AFTER_MS < now) {
      const { issuer, clientId, clientSecret } = this.settings();
      // For a provider on loopback: the settings take no other over http.
      const insecure = issuer.startsWith('http:') ? [client.allowInsecureRequests] : [];
      const provider = client.discovery(
        new URL(issuer),
        clientId,
        clientSecret,
        clientSecret === undefined ? client.None() : undefined,
        // Signatures are checked although the token comes from the provider itself: there may be a proxy in between.
        { execute: [client.enableNonRepudiationChecks, ...insecure], timeout: TIMEOUT_SECONDS },
      );
      this.known = { at: now, provider };
      provider.catch(() => (this.known = undefined));
    }
    try {
      return await this.known.provider;
    } catch (error) {
      this.logger.warn({ message: 'The OpenID provider could not be asked', reason: reasonOf(error) });
      throw new Problem('provider-unreachable', {
        detail: 'The OpenID provider does not answer as it should. Try again in a moment, or sign in by password.',
        cause: error,
      });
    }
  }

  /** What exactly did not fit is for the log: it helps whoever runs the server, and whoever attacks it. */
  private failed(error: unknown): Problem {
    if (error instanceof Problem) return error;
    this.logger.warn({ message: 'A sign-in by OpenID Connect failed', reason: reasonOf(error) });
    return new Problem('sign-in-failed', {
      detail: 'The provider did not confirm this sign-in: start again.',
      cause: error,
    });
  }
}

function readUser(
  claims: Readonly<Record<string, unknown>>,
  { issuer, subject, groupsClaim }: { readonly issuer: string; readonly subject: string; readonly groupsClaim: string },
): OidcUser {
  const text = (name: string): string | undefined => {
    const value = claims[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  return {
    issuer,
    subject,
    email: text('email')?.toLowerCase(),
    isEmailVerified: claims['email_verified'] === true,
    name: text('name') ?? text('preferred_username'),
    groups: claims[groupsClaim],
  };
}

/** Codes and short words of the library; never a token or a code of a user. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code, error: answered } = error as { code?: unknown; error?: unknown };
  const words = [error.message, code, answered].filter(word => typeof word === 'string');
  return words.join('; ').slice(0, 300);
}
