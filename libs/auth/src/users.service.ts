import { Database } from '@mock-server/database';
import { type Paging, Problem } from '@mock-server/http';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessRevision } from './access-revision';
import { OneTimeLinks, type MadeLink } from './one-time-links';
import { endAllOf } from './sessions';
import { UserEntity } from './user.entity';
import type { UserPatch, UserView } from './user-schemas';

const MAX_PAGE = 1_000;

/** Everybody who may sign in. For admins of the server. */
@Injectable()
export class UsersService {
  constructor(
    private readonly database: Database,
    private readonly revision: AccessRevision,
    private readonly links: OneTimeLinks,
  ) {}

  async list({ limit, offset }: Paging): Promise<{ users: UserView[]; meta: { total: number } }> {
    const [users, total] = await this.database.read(manager =>
      manager.findAndCount(UserEntity, {
        order: { email: 'ASC' },
        skip: offset,
        take: Math.min(limit ?? MAX_PAGE, MAX_PAGE),
      }),
    );
    return { users: users.map(viewUser), meta: { total } };
  }

  async get(id: string): Promise<UserView> {
    return viewUser(await this.database.read(manager => findUser(manager, id)));
  }

  async update(id: string, patch: UserPatch): Promise<UserView> {
    return this.revision.change(async manager => {
      const user = await findUser(manager, id);
      const { name = user.name, isAdmin = user.isAdmin, isDisabled = user.isDisabled } = patch;
      if (!isAdmin || isDisabled) await refuseLastAdmin(manager, user);
      const changed = { name, isAdmin, isDisabled, updatedAt: Date.now() };
      await manager.update(UserEntity, { id }, changed);
      if (isDisabled) await endAllOf(manager, id);
      return viewUser({ ...user, ...changed });
    });
  }

  async remove(id: string): Promise<void> {
    await this.revision.change(async manager => {
      await refuseLastAdmin(manager, await findUser(manager, id));
      await manager.delete(UserEntity, { id });
    });
  }

  async signOut(id: string): Promise<void> {
    await this.revision.change(async manager => {
      await findUser(manager, id);
      await endAllOf(manager, id);
    });
  }

  invite({ email, isAdmin }: { email?: string | undefined; isAdmin: boolean }, createdBy: string): Promise<MadeLink> {
    return this.links.make({ purpose: 'invitation', email, isAdmin, createdBy });
  }

  async linkToNewPassword(id: string, createdBy: string): Promise<MadeLink> {
    await this.get(id);
    return this.links.make({ purpose: 'password', userId: id, createdBy });
  }
}

export async function findUser(manager: EntityManager, id: string): Promise<UserEntity> {
  const user = await manager.findOneBy(UserEntity, { id });
  if (user !== null) return user;
  throw new Problem('user-not-found', { detail: 'There is no such user. GET /__admin/users lists them.' });
}

/** Changes of access follow one another, so two admins who remove each other do not both succeed. */
async function refuseLastAdmin(manager: EntityManager, user: UserEntity): Promise<void> {
  if (!user.isAdmin || user.isDisabled) return;
  const admins = await manager.countBy(UserEntity, { isAdmin: true, isDisabled: false });
  if (admins > 1) return;
  throw new Problem('last-admin', { detail: `${user.email} is the last admin: make somebody else admin first.` });
}

function viewUser({
  id,
  email,
  name,
  isAdmin,
  isDisabled,
  passwordHash,
  createdAt,
  lastSignInAt,
}: UserEntity): UserView {
  return {
    id,
    email,
    name,
    isAdmin,
    isDisabled,
    hasPassword: passwordHash !== null,
    createdAt: new Date(createdAt).toISOString(),
    lastSignInAt: lastSignInAt === null ? null : new Date(lastSignInAt).toISOString(),
  };
}
