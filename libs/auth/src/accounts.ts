import { randomUUID } from 'node:crypto';
import { Database, isUniqueViolation } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessRevision } from './access-revision';
import { noteActor } from './audit-note';
import { refuseWeakPassword } from './password-rules';
import { Passwords } from './passwords';
import type { RequestOrigin } from './request-origin';
import { endAllOf, Sessions, type Session } from './sessions';
import { SignInFailures } from './sign-in-failures';
import { UserEntity } from './user.entity';

export interface NewAccount {
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string | null;
  readonly isAdmin: boolean;
  readonly oidcSubject?: string;
}

/** Signing in by password, and changing it. */
@Injectable()
export class Accounts {
  constructor(
    private readonly database: Database,
    private readonly revision: AccessRevision,
    private readonly passwords: Passwords,
    private readonly failures: SignInFailures,
    private readonly sessions: Sessions,
  ) {}

  /** One answer for a wrong password, an unknown email, a disabled user: it tells nobody which. */
  async signIn(email: string, password: string, origin: RequestOrigin): Promise<Session> {
    this.sessions.require();
    const address = email.trim().toLowerCase();
    noteActor(origin.request, { name: address.slice(0, 254) });
    const attempt = { email: address, address: origin.address };
    const user = await this.database.read(manager => manager.findOneBy(UserEntity, { email: address }));
    const isRight = await this.passwords.matches(password, user?.passwordHash, this.counting(attempt));
    if (!isRight || user === null || user.isDisabled) {
      if (isRight) await this.failures.note(attempt);
      throw new Problem('sign-in-failed', { detail: 'Email or password is wrong.' });
    }
    noteActor(origin.request, { name: user.email, id: user.id });
    await this.failures.forgive(attempt);
    return this.sessions.begin(user, origin);
  }

  /** Ends all other sign-ins of the user, and this one: whoever knew the old password is out. */
  async changePassword(
    userId: string,
    passwords: { current: string; next: string },
    origin: RequestOrigin,
  ): Promise<Session> {
    const user = await this.find(userId);
    const attempt = { email: user.email, address: origin.address };
    refuseWeakPassword(passwords.next, user.email);
    if (!(await this.passwords.matches(passwords.current, user.passwordHash, this.counting(attempt))))
      throw new Problem('sign-in-failed', { detail: 'The current password is wrong.' });
    await this.setPassword(user.id, passwords.next);
    return this.sessions.begin(user, origin);
  }

  /** Refuses a locked account before the password is looked at, and counts a wrong one before the next is. */
  private counting(attempt: Parameters<SignInFailures['note']>[0]): Parameters<Passwords['matches']>[2] {
    return { before: () => this.failures.refuseLocked(attempt), ifWrong: () => this.failures.note(attempt) };
  }

  async setPassword(userId: string, password: string): Promise<void> {
    const passwordHash = await this.passwords.hash(password);
    await this.revision.change(async manager => {
      await manager.update(UserEntity, { id: userId }, { passwordHash, updatedAt: Date.now() });
      await endAllOf(manager, userId);
    });
  }

  private async find(id: string): Promise<UserEntity> {
    const user = await this.database.read(manager => manager.findOneBy(UserEntity, { id }));
    if (user !== null) return user;
    throw new Problem('user-not-found', { detail: 'There is no such user.' });
  }
}

/** Inside a transaction of whoever decides that the account may be made. */
export async function insertAccount(manager: EntityManager, account: NewAccount): Promise<UserEntity> {
  const now = Date.now();
  const user: UserEntity = {
    id: randomUUID(),
    email: account.email,
    name: account.name,
    passwordHash: account.passwordHash,
    oidcSubject: account.oidcSubject ?? null,
    isAdmin: account.isAdmin,
    isDisabled: false,
    createdAt: now,
    updatedAt: now,
    lastSignInAt: null,
  };
  try {
    await manager.insert(UserEntity, user);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new Problem('user-exists', { detail: `There is a user ${account.email} already.` });
  }
  return user;
}
