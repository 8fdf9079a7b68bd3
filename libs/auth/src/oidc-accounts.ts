import { CONFIG, type Config, type OidcConfig } from '@mock-server/config';
import { Problem } from '@mock-server/http';
import { WorkspaceDirectory } from '@mock-server/workspaces';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { In, Not, type EntityManager } from 'typeorm';
import { AccessRevision } from './access-revision';
import { insertAccount } from './accounts';
import { noteActor } from './audit-note';
import { emailSchema, personNameSchema } from './auth-schemas';
import { grantsOf, readGroups, type GroupGrants } from './group-roles';
import { MemberEntity } from './member.entity';
import { setMember } from './member-rows';
import type { OidcUser } from './oidc-provider';
import type { RequestOrigin } from './request-origin';
import { Sessions, type Session } from './sessions';
import { UserEntity } from './user.entity';

/** Accounts of those whom the provider knows: found, joined or made, with the roles that their groups give. */
@Injectable()
export class OidcAccounts {
  private readonly logger = new Logger('OidcAccounts');

  constructor(
    private readonly revision: AccessRevision,
    private readonly sessions: Sessions,
    private readonly workspaces: WorkspaceDirectory,
    @Inject(CONFIG) private readonly config: Pick<Config, 'signIn'>,
  ) {}

  async signIn(known: OidcUser, origin: RequestOrigin): Promise<Session> {
    const { oidc } = this.sessions.require();
    const mapping = oidc?.groupRoles ?? [];
    const grants = grantsOf(readGroups(known.groups), mapping);
    noteActor(origin.request, { name: (known.email ?? known.subject).slice(0, 254) });
    const user = await this.revision.change(async manager => {
      const user = await findOrMake(manager, known, grants);
      if (user.isDisabled) throw new Problem('sign-in-failed', { detail: 'This account is disabled: ask an admin.' });
      const isAdmin = await this.setAdmin(manager, user, { grants, mapping });
      await this.setRoles(manager, user.id, grants);
      return { ...user, isAdmin };
    });
    noteActor(origin.request, { name: user.email, id: user.id });
    return this.sessions.begin(user, origin);
  }

  /** Where a group makes admins, the groups decide at each sign-in, but for the last admin, who stays. */
  private async setAdmin(
    manager: EntityManager,
    user: UserEntity,
    { grants, mapping }: { readonly grants: GroupGrants; readonly mapping: OidcConfig['groupRoles'] },
  ): Promise<boolean> {
    if (!mapping.some(({ isAdmin }) => isAdmin) || user.isAdmin === grants.isAdmin) return user.isAdmin;
    const others = await manager.countBy(UserEntity, { isAdmin: true, isDisabled: false, id: Not(user.id) });
    if (!grants.isAdmin && others === 0) return true;
    await manager.update(UserEntity, { id: user.id }, { isAdmin: grants.isAdmin, updatedAt: Date.now() });
    return grants.isAdmin;
  }

  /** A role that a person gave stays as it is; one that a group gave ends with the group. */
  private async setRoles(manager: EntityManager, userId: string, { roles }: GroupGrants): Promise<void> {
    const members = await manager.findBy(MemberEntity, { userId });
    const byPerson = new Set(members.filter(({ source }) => source === 'person').map(({ workspaceId }) => workspaceId));
    const wanted = new Set<string>();
    for (const [slug, role] of roles) {
      const workspaceId = this.workspaces.bySlug(slug)?.id;
      if (workspaceId === undefined) {
        this.logger.warn({ message: 'OIDC_GROUP_ROLES names a workspace that is not there', workspace: slug });
        continue;
      }
      wanted.add(workspaceId);
      if (!byPerson.has(workspaceId)) await setMember(manager, { workspaceId, userId, role, source: 'groups' });
    }
    const ended = members.filter(({ source, workspaceId }) => source === 'groups' && !wanted.has(workspaceId));
    if (ended.length === 0) return;
    await manager.delete(MemberEntity, { userId, workspaceId: In(ended.map(({ workspaceId }) => workspaceId)) });
  }
}

async function findOrMake(manager: EntityManager, known: OidcUser, { isAdmin }: GroupGrants): Promise<UserEntity> {
  const oidcSubject = `${known.issuer}|${known.subject}`;
  if (oidcSubject.length > 512) throw refused('The provider names this user with too many characters.');
  const bySubject = await manager.findOneBy(UserEntity, { oidcSubject });
  if (bySubject !== null) return bySubject;
  const email = emailSchema.safeParse(known.email).data;
  if (email === undefined) throw refused('The provider tells no email of this user: ask for the scope email.');
  const byEmail = await manager.findOneBy(UserEntity, { email });
  if (byEmail !== null) return join(manager, byEmail, { known, oidcSubject });
  if (!isAdmin && (await manager.count(UserEntity)) === 0) {
    throw refused(
      'There is no admin yet: use the link that the server printed, or sign in as one of a group of admins.',
    );
  }
  const name = personNameSchema.safeParse(known.name?.slice(0, 200)).data ?? email;
  return insertAccount(manager, { email, name, passwordHash: null, isAdmin, oidcSubject });
}

/** Whoever can write any address into their profile must not become the one who has it here. */
async function join(
  manager: EntityManager,
  user: UserEntity,
  { known, oidcSubject }: { readonly known: OidcUser; readonly oidcSubject: string },
): Promise<UserEntity> {
  if (!known.isEmailVerified || user.oidcSubject !== null) {
    throw refused(
      'There is an account with this email, and the provider does not say that the address was checked: sign in by password.',
    );
  }
  await manager.update(UserEntity, { id: user.id }, { oidcSubject, updatedAt: Date.now() });
  return { ...user, oidcSubject };
}

function refused(detail: string): Problem {
  return new Problem('sign-in-failed', { detail });
}
