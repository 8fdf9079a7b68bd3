import { hash } from 'node:crypto';
import { CONFIG, type Config } from '@mock-server/config';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { z } from 'zod';
import { BoundedMap } from './bounded-map';
import { hashSecret } from './secrets';

export interface AccessClaims {
  readonly userId: string;
  readonly signInId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

interface SigningKey {
  readonly id: string;
  readonly secret: string;
}

const ALGORITHM = 'HS256';
const ISSUER = 'mock-server';
const AUDIENCE = 'mock-server-admin';
/** Clocks of two machines may differ by so much. */
const CLOCK_SKEW_SECONDS = 60;
const MAX_KNOWN = 10_000;

const claimsSchema = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  use: z.literal('access'),
  iat: z.int(),
  exp: z.int(),
});

/** Makes and checks access tokens. A token that was checked once is known again by its hash until it expires. */
@Injectable()
export class AccessTokens {
  private readonly keys: readonly SigningKey[];
  private readonly known = new BoundedMap<AccessClaims>(MAX_KNOWN);

  constructor(
    private readonly jwt: JwtService,
    @Inject(CONFIG) private readonly config: Pick<Config, 'signIn'>,
  ) {
    const { jwtSecret, previousJwtSecret } = config.signIn ?? {};
    this.keys = [jwtSecret, previousJwtSecret].filter(secret => secret !== undefined).map(toKey);
  }

  sign(userId: string, signInId: string): { readonly token: string; readonly expiresInSeconds: number } {
    const [key] = this.keys;
    if (key === undefined || this.config.signIn === undefined) throw new Error('AUTH=off signs no tokens');
    const expiresInSeconds = this.config.signIn.accessTokenSeconds;
    const token = this.jwt.sign(
      { sub: userId, sid: signInId, use: 'access' },
      {
        secret: key.secret,
        keyid: key.id,
        algorithm: ALGORITHM,
        issuer: ISSUER,
        audience: AUDIENCE,
        expiresIn: expiresInSeconds,
      },
    );
    return { token, expiresInSeconds };
  }

  /** What a token says, if it is ours, whole and in time; else undefined. */
  read(token: string, now: number = Date.now()): AccessClaims | undefined {
    const id = hashSecret(token);
    const claims = this.known.get(id) ?? this.verify(token);
    if (claims === undefined) return undefined;
    if (claims.expiresAt + CLOCK_SKEW_SECONDS * 1_000 <= now) {
      this.known.delete(id);
      return undefined;
    }
    this.known.set(id, claims);
    return claims;
  }

  private verify(token: string): AccessClaims | undefined {
    const key = this.keys.find(({ id }) => id === keyIdOf(token));
    if (key === undefined) return undefined;
    try {
      const payload: unknown = this.jwt.verify(token, {
        secret: key.secret,
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        clockTolerance: CLOCK_SKEW_SECONDS,
      });
      const { sub, sid, iat, exp } = claimsSchema.parse(payload);
      if (iat > Date.now() / 1_000 + CLOCK_SKEW_SECONDS) return undefined;
      return { userId: sub, signInId: sid, expiresAt: exp * 1_000 };
    } catch {
      return undefined;
    }
  }
}

/** The header names the key, so that a change of keys needs no trying. */
function keyIdOf(token: string): string | undefined {
  const parts = token.split('.');
  if (parts.length !== 3 || token.length > 4_096) return undefined;
  try {
    const header = JSON.parse(Buffer.from(parts[0]!, 'base64url').toString('utf8')) as { kid?: unknown } | null;
    return typeof header?.kid === 'string' ? header.kid : undefined;
  } catch {
    return undefined;
  }
}

function toKey(secret: string): SigningKey {
  return { id: hash('sha256', `key id ${secret}`, 'hex').slice(0, 12), secret };
}
