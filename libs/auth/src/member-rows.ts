import type { WorkspaceRole } from '@mock-server/http';
import type { EntityManager } from 'typeorm';
import { MemberEntity } from './member.entity';

interface Membership {
  readonly workspaceId: string;
  readonly userId: string;
  readonly role: WorkspaceRole;
  readonly source?: MemberEntity['source'];
}

/** Makes somebody a member, or gives another role. */
export async function setMember(
  manager: EntityManager,
  { workspaceId, userId, role, source = 'person' }: Membership,
): Promise<void> {
  const { affected } = await manager.update(MemberEntity, { workspaceId, userId }, { role, source });
  if (affected === 0) await manager.insert(MemberEntity, { workspaceId, userId, role, source, createdAt: Date.now() });
}
