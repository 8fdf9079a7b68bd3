import { type Caller, Problem } from '@mock-server/http';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessRevision } from './access-revision';
import { insertAccount } from './accounts';
import { noteActor } from './audit-note';
import { setMember } from './member-rows';
import { OneTimeLinkEntity } from './one-time-link.entity';
import { OneTimeLinks, unusable, useUp } from './one-time-links';
import { refuseWeakPassword } from './password-rules';
import { Passwords } from './passwords';
import type { RequestOrigin } from './request-origin';
import { endAllOf, Sessions, type Session } from './sessions';
import { SignInFailures } from './sign-in-failures';
import { UserEntity } from './user.entity';

export interface Acceptance {
  readonly token: string;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly password: string;
}

/** What a one-time link is good for: the first account, an account by invitation, or a new password. */
@Injectable()
export class LinkAcceptance {
  constructor(
    private readonly links: OneTimeLinks,
    private readonly revision: AccessRevision,
    private readonly passwords: Passwords,
    private readonly sessions: Sessions,
    private readonly failures: SignInFailures,
  ) {}

  async accept(acceptance: Acceptance, origin: RequestOrigin): Promise<Session> {
    this.sessions.require();
    const link = await this.links.read(acceptance.token);
    const email = emailOf(link, acceptance);
    refuseWeakPassword(acceptance.password, email);
    const passwordHash = await this.passwords.hash(acceptance.password);
    const user = await this.revision.change(manager => {
      const account = { email, name: acceptance.name ?? email, passwordHash, isAdmin: link.isAdmin };
      switch (link.purpose) {
        case 'setup':
          return makeFirstAdmin(manager, account);
        case 'invitation':
          return acceptInvitation(manager, link, account);
        case 'password':
          return replacePassword(manager, link, passwordHash);
      }
    });
    noteActor(origin.request, { name: user.email, id: user.id });
    if (link.purpose === 'password') await this.failures.forgive(user);
    return this.sessions.begin(user, origin);
  }

  /** For somebody who has an account already. */
  async join(token: string, caller: Caller): Promise<void> {
    if (caller.kind !== 'user')
      throw new Problem('forbidden', { detail: 'Sign in as a user to join: a token belongs to one workspace.' });
    const link = await this.links.read(token);
    if (link.purpose !== 'invitation' || (link.email !== null && link.email !== caller.email)) throw unusable();
    await this.revision.change(async manager => {
      await useUp(manager, link);
      await enter(manager, link, caller.id);
    });
  }
}

function emailOf(link: OneTimeLinkEntity, { email }: Acceptance): string {
  if (link.purpose === 'password') return '';
  if (link.email !== null) return link.email;
  if (email !== undefined) return email;
  throw new Problem('invalid-body', {
    detail: 'Give the email of the new account.',
    extras: { mistakes: [{ pointer: '/email', message: 'is missing' }] },
  });
}

type Account = Parameters<typeof insertAccount>[1];

/** Changes of access follow one another, so of many who come at once the first finds no user and all others find one. */
async function makeFirstAdmin(manager: EntityManager, account: Account): Promise<UserEntity> {
  if ((await manager.count(UserEntity)) > 0) throw unusable();
  await manager.delete(OneTimeLinkEntity, { purpose: 'setup' });
  return insertAccount(manager, { ...account, isAdmin: true });
}

async function acceptInvitation(
  manager: EntityManager,
  link: OneTimeLinkEntity,
  account: Account,
): Promise<UserEntity> {
  await useUp(manager, link);
  const user = await insertAccount(manager, account);
  await enter(manager, link, user.id);
  return user;
}

async function enter(manager: EntityManager, link: OneTimeLinkEntity, userId: string): Promise<void> {
  if (link.isAdmin) await manager.update(UserEntity, { id: userId }, { isAdmin: true, updatedAt: Date.now() });
  if (link.workspaceId === null || link.role === null) return;
  await setMember(manager, { workspaceId: link.workspaceId, userId, role: link.role });
}

async function replacePassword(
  manager: EntityManager,
  link: OneTimeLinkEntity,
  passwordHash: string,
): Promise<UserEntity> {
  await useUp(manager, link);
  const user = link.userId === null ? null : await manager.findOneBy(UserEntity, { id: link.userId });
  if (user === null || user.isDisabled) throw unusable();
  await manager.update(UserEntity, { id: user.id }, { passwordHash, updatedAt: Date.now() });
  await endAllOf(manager, user.id);
  return user;
}
