import { Database } from '@mock-server/database';
import { Problem, type WorkspaceRole } from '@mock-server/http';
import { WorkspacesService } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { AccessRevision } from './access-revision';
import { setMember } from './member-rows';
import { MemberEntity } from './member.entity';
import { OneTimeLinkEntity } from './one-time-link.entity';
import { OneTimeLinks, type MadeLink } from './one-time-links';
import { UserEntity } from './user.entity';
import type { Invitation, NewMember } from './user-schemas';

/** Who has which role in a workspace, and who is invited. */
@Injectable()
export class MembersService {
  constructor(
    private readonly database: Database,
    private readonly revision: AccessRevision,
    private readonly workspaces: WorkspacesService,
    private readonly links: OneTimeLinks,
  ) {}

  async list(slug: string): Promise<object> {
    const { id: workspaceId } = await this.workspaces.get(slug);
    return this.database.read(async manager => {
      const members = await manager.findBy(MemberEntity, { workspaceId });
      const users = await manager.findBy(UserEntity, { id: In(members.map(({ userId }) => userId)) });
      const byId = new Map(users.map(user => [user.id, user]));
      const views = members.map(({ userId, role, source }) => {
        const { email = '', name = '' } = byId.get(userId) ?? {};
        return { userId, email, name, role, source };
      });
      return { members: views.sort((a, b) => (a.email < b.email ? -1 : 1)) };
    });
  }

  async add(slug: string, { email, role }: NewMember): Promise<void> {
    const { id: workspaceId } = await this.workspaces.get(slug);
    await this.revision.change(async manager => {
      const user = await manager.findOneBy(UserEntity, { email });
      if (user === null) {
        throw new Problem('user-not-found', {
          detail: `Nobody here has that email: invite them with POST /__admin/workspaces/${slug}/invitations.`,
        });
      }
      await setMember(manager, { workspaceId, userId: user.id, role });
    });
  }

  async setRole(slug: string, userId: string, role: WorkspaceRole): Promise<void> {
    const { id: workspaceId } = await this.workspaces.get(slug);
    await this.revision.change(async manager => {
      // Chosen by a person from now on: the groups of a provider leave it alone.
      const { affected } = await manager.update(MemberEntity, { workspaceId, userId }, { role, source: 'person' });
      if (affected === 0) throw noMember();
    });
  }

  async remove(slug: string, userId: string): Promise<void> {
    const { id: workspaceId } = await this.workspaces.get(slug);
    await this.revision.change(async manager => {
      const { affected } = await manager.delete(MemberEntity, { workspaceId, userId });
      if (affected === 0) throw noMember();
    });
  }

  async invite(slug: string, { email, role }: Invitation, createdBy: string): Promise<MadeLink> {
    const { id: workspaceId } = await this.workspaces.get(slug);
    return this.links.make({ purpose: 'invitation', workspaceId, email, role, createdBy });
  }

  async invitations(slug: string): Promise<object> {
    const { id: workspaceId } = await this.workspaces.get(slug);
    const links = await this.database.read(manager =>
      manager.find(OneTimeLinkEntity, { where: { workspaceId }, order: { createdAt: 'DESC' } }),
    );
    const open = links.filter(({ expiresAt }) => expiresAt > Date.now());
    return {
      invitations: open.map(({ id, email, role, createdBy, expiresAt }) => ({
        id,
        email,
        role,
        createdBy,
        expiresAt: new Date(expiresAt).toISOString(),
      })),
    };
  }

  async revoke(slug: string, id: string): Promise<void> {
    const { id: workspaceId } = await this.workspaces.get(slug);
    const { affected } = await this.database.transaction(manager =>
      manager.delete(OneTimeLinkEntity, { id, workspaceId }),
    );
    if (affected === 0) throw new Problem('not-found', { detail: 'The workspace has no such open invitation.' });
  }
}

function noMember(): Problem {
  return new Problem('user-not-found', { detail: 'The workspace has no such member.' });
}
