import { Database } from '@mock-server/database';
import type { Caller } from '@mock-server/http';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessRevision } from './access-revision';
import { type AccessClaims, AccessTokens } from './access-tokens';
import { ApiTokenEntity } from './api-token.entity';
import { BoundedMap } from './bounded-map';
import { MemberEntity } from './member.entity';
import { API_TOKEN_PREFIX, hashSecret } from './secrets';
import { SignInEntity } from './sign-in.entity';
import { TokenUse } from './token-use';
import { UserEntity } from './user.entity';

type UserCaller = Extract<Caller, { kind: 'user' }>;
type TokenCaller = Extract<Caller, { kind: 'token' }>;

interface KnownToken {
  readonly caller: TokenCaller;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

const MAX_KNOWN = 10_000;

/**
 * Who stands behind a token. The answer comes from memory until users, roles or tokens change; then from the database,
 * once. While the database is down, who was known stays known.
 */
@Injectable()
export class Callers {
  private readonly users = new BoundedMap<UserCaller>(MAX_KNOWN);
  private readonly tokens = new BoundedMap<KnownToken>(MAX_KNOWN);
  /** Good for nothing. Apart, so that whoever sends many of them pushes nobody out of memory. */
  private readonly refused = new BoundedMap<true>(MAX_KNOWN);
  /** Rises with every change, so that an answer read before one is not kept after it. */
  private changes = 0;

  constructor(
    private readonly database: Database,
    private readonly accessTokens: AccessTokens,
    private readonly uses: TokenUse,
    revision: AccessRevision,
  ) {
    revision.onChange(() => {
      this.changes++;
      for (const memory of [this.users, this.tokens, this.refused]) memory.clear();
    });
  }

  /** Undefined: the token is good for nothing. */
  identify(token: string): Caller | undefined | Promise<Caller | undefined> {
    if (token.startsWith(API_TOKEN_PREFIX)) {
      const hash = hashSecret(token);
      if (this.refused.get(hash)) return undefined;
      const known = this.tokens.get(hash);
      return known === undefined ? this.loadToken(hash) : this.use(known);
    }
    const claims = this.accessTokens.read(token);
    if (claims === undefined || this.refused.get(claims.signInId)) return undefined;
    return this.users.get(claims.signInId) ?? this.loadUser(claims);
  }

  private use({ caller, expiresAt }: KnownToken): Caller | undefined {
    if (expiresAt <= Date.now()) return undefined;
    this.uses.note(caller.id);
    return caller;
  }

  private async loadToken(hash: string): Promise<Caller | undefined> {
    const changesBefore = this.changes;
    const row = await this.database.read(manager => manager.findOneBy(ApiTokenEntity, { hash }));
    if (row === null) {
      if (this.changes === changesBefore) this.refused.set(hash, true);
      return undefined;
    }
    const { id, name, workspaceId, role, expiresAt } = row;
    const known: KnownToken = {
      caller: { kind: 'token', id, name, workspaceId, role },
      expiresAt: expiresAt ?? Number.POSITIVE_INFINITY,
    };
    if (this.changes === changesBefore) this.tokens.set(hash, known);
    return this.use(known);
  }

  private async loadUser({ userId, signInId }: AccessClaims): Promise<Caller | undefined> {
    const changesBefore = this.changes;
    const caller = await this.database.read(manager => readUser(manager, userId, signInId));
    if (this.changes !== changesBefore) return caller;
    if (caller === undefined) this.refused.set(signInId, true);
    else this.users.set(signInId, caller);
    return caller;
  }
}

async function readUser(manager: EntityManager, userId: string, signInId: string): Promise<UserCaller | undefined> {
  const user = await manager.findOneBy(UserEntity, { id: userId });
  const isSignedIn = await manager.existsBy(SignInEntity, { id: signInId, userId });
  if (user === null || user.isDisabled || !isSignedIn) return undefined;
  const members = await manager.findBy(MemberEntity, { userId });
  const { id, email, name, isAdmin } = user;
  const roles = new Map(members.map(({ workspaceId, role }) => [workspaceId, role]));
  return { kind: 'user', id, email, name, isAdmin, roles, signInId };
}
