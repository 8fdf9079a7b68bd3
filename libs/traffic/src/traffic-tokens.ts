import { hashTrafficSecret, type Protection } from '@mock-server/workspaces';
import { JwtService } from '@nestjs/jwt';

type JwtProtection = Extract<Protection, { kind: 'jwt' }>;

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const;
const CLOCK_SKEW_SECONDS = 60;
const MAX_KNOWN = 10_000;

/** Checks JWTs of clients. One that was checked is known until it ends, for as long as the protection stays as it is. */
export class TrafficTokens {
  private readonly jwt = new JwtService({});
  /** When a token ends, in milliseconds since 1970, by its hash. */
  private readonly known = new WeakMap<JwtProtection, Map<string, number>>();

  isValid(token: string, protection: JwtProtection, now: number = Date.now()): boolean {
    let known = this.known.get(protection);
    if (known === undefined) this.known.set(protection, (known = new Map<string, number>()));
    const id = hashTrafficSecret(token);
    const endsAt = known.get(id) ?? this.verify(token, protection);
    if (endsAt === undefined || endsAt <= now) {
      known.delete(id);
      return false;
    }
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(id, endsAt);
    return true;
  }

  /** Undefined: not signed by that key, not in time, or for somebody else. One without an end is asked again each minute. */
  private verify(token: string, { publicKey, issuer, audience }: JwtProtection): number | undefined {
    try {
      const { exp } = this.jwt.verify<{ exp?: number }>(token, {
        publicKey,
        algorithms: [...ALGORITHMS],
        clockTolerance: CLOCK_SKEW_SECONDS,
        ...(issuer !== undefined && { issuer }),
        ...(audience !== undefined && { audience }),
      });
      return exp === undefined ? Date.now() + 60_000 : (exp + CLOCK_SKEW_SECONDS) * 1_000;
    } catch {
      return undefined;
    }
  }
}
