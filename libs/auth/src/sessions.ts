import { randomUUID } from 'node:crypto';
import { CONFIG, type Config, type SignInConfig } from '@mock-server/config';
import { Database } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { In, LessThan, type EntityManager } from 'typeorm';
import { AccessRevision } from './access-revision';
import { AccessTokens } from './access-tokens';
import type { RequestOrigin } from './request-origin';
import { hashSecret, isSameHash, newSecret } from './secrets';
import { SignInEntity } from './sign-in.entity';
import { UserEntity } from './user.entity';

const REFRESH_PREFIX = 'msr_';
/** Beyond these the oldest ends: somebody who signs in by a script each minute fills no table. */
const MAX_SIGN_INS = 20;

/** What a sign-in gives. */
export interface Session {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  readonly refreshExpiresInSeconds: number;
}

/**
 * Signed-in users. A refresh token is good once; when one comes a second time, somebody else has it, and the sign-in
 * ends for both (RFC 9700, 4.14).
 */
@Injectable()
export class Sessions {
  private readonly logger = new Logger('Sessions');
  private readonly settings: SignInConfig | undefined;

  constructor(
    private readonly database: Database,
    private readonly revision: AccessRevision,
    private readonly accessTokens: AccessTokens,
    @Inject(CONFIG) config: Pick<Config, 'signIn'>,
  ) {
    this.settings = config.signIn;
  }

  /** The settings of sign-in; with AUTH=off there is none. */
  require(): SignInConfig {
    if (this.settings !== undefined) return this.settings;
    throw new Problem('conflict', {
      detail: 'Sign-in is off (AUTH=off): whoever reaches this server may do everything.',
    });
  }

  async begin(user: UserEntity, { address, client }: RequestOrigin): Promise<Session> {
    const { refreshTokenSeconds } = this.require();
    const now = Date.now();
    const secret = newSecret();
    const id = randomUUID();
    const isFull = await this.database.transaction(async manager => {
      const expiresAt = now + refreshTokenSeconds * 1_000;
      const refreshHash = hashSecret(secret);
      await manager.insert(SignInEntity, {
        id,
        userId: user.id,
        refreshHash,
        createdAt: now,
        refreshedAt: now,
        expiresAt,
        address,
        client,
      });
      await manager.update(UserEntity, { id: user.id }, { lastSignInAt: now });
      return (await manager.countBy(SignInEntity, { userId: user.id })) > MAX_SIGN_INS;
    });
    if (isFull) await this.endOldest(user.id);
    return this.sessionOf(user.id, id, secret);
  }

  async refresh(refreshToken: string): Promise<Session> {
    const { refreshTokenSeconds } = this.require();
    const { id, secret } = readRefreshToken(refreshToken);
    const next = newSecret();
    const now = Date.now();
    const row = await this.database.read(manager => manager.findOneBy(SignInEntity, { id }));
    if (row === null || row.expiresAt <= now) throw refused();
    if (!isSameHash(row.refreshHash, hashSecret(secret))) return this.endStolen(row);
    const isDisabled = await this.database.read(manager =>
      manager.existsBy(UserEntity, { id: row.userId, isDisabled: true }),
    );
    if (isDisabled) throw refused();
    // Of two that come at once one finds the hash as it was; the other is the second use.
    const { affected } = await this.database.transaction(manager =>
      manager.update(
        SignInEntity,
        { id, refreshHash: row.refreshHash },
        { refreshHash: hashSecret(next), refreshedAt: now, expiresAt: now + refreshTokenSeconds * 1_000 },
      ),
    );
    if (affected === 0) return this.endStolen(row);
    return this.sessionOf(row.userId, id, next);
  }

  /** The sign-in of a refresh token, whatever its state; for signing out. */
  async end(signInId: string): Promise<void> {
    await this.revision.change(manager => manager.delete(SignInEntity, { id: signInId }));
  }

  async endAll(userId: string): Promise<void> {
    await this.revision.change(manager => endAllOf(manager, userId));
  }

  async sweep(): Promise<void> {
    await this.database.transaction(manager => manager.delete(SignInEntity, { expiresAt: LessThan(Date.now()) }));
  }

  private async endStolen({ id, userId }: SignInEntity): Promise<never> {
    await this.end(id);
    this.logger.warn({ message: 'A refresh token came a second time: the sign-in was ended', userId, signInId: id });
    throw refused();
  }

  private async endOldest(userId: string): Promise<void> {
    await this.revision.change(async manager => {
      const all = await manager.find(SignInEntity, {
        where: { userId },
        order: { refreshedAt: 'DESC' },
        select: { id: true },
      });
      const old = all.slice(MAX_SIGN_INS).map(({ id }) => id);
      if (old.length > 0) await manager.delete(SignInEntity, { id: In(old) });
    });
  }

  private sessionOf(userId: string, signInId: string, secret: string): Session {
    const { token, expiresInSeconds } = this.accessTokens.sign(userId, signInId);
    return {
      accessToken: token,
      expiresInSeconds,
      refreshToken: `${REFRESH_PREFIX}${signInId}.${secret}`,
      refreshExpiresInSeconds: this.require().refreshTokenSeconds,
    };
  }
}

/** Inside a change that also does what makes it needful, such as a new password. */
export async function endAllOf(manager: EntityManager, userId: string): Promise<void> {
  await manager.delete(SignInEntity, { userId });
}

/** A token that is none has an id that no sign-in has. */
export function readRefreshToken(token: string): { readonly id: string; readonly secret: string } {
  const [id = '', secret = ''] = token.slice(REFRESH_PREFIX.length).split('.');
  return token.startsWith(REFRESH_PREFIX) && id.length === 36 ? { id, secret } : { id: 'none', secret: '' };
}

function refused(): Problem {
  return new Problem('sign-in-failed', { detail: 'The refresh token is not valid, or not any more: sign in again.' });
}
