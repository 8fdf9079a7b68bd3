import { bigintColumn } from '@mock-server/database';
import type { WorkspaceRole } from '@mock-server/http';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A user's role in a workspace. */
@Entity('members')
@Index('members_user_id', ['userId'])
export class MemberEntity {
  @PrimaryColumn({ name: 'workspace_id', type: 'varchar', length: 36 })
  workspaceId!: string;

  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 })
  userId!: string;

  @Column({ type: 'varchar', length: 16 })
  role!: WorkspaceRole;

  /** `groups`: set at each sign-in from the groups of the OpenID provider. */
  @Column({ type: 'varchar', length: 16 })
  source!: 'person' | 'groups';

  @Column({ name: 'created_at', type: 'bigint', transformer: bigintColumn })
  createdAt!: number;
}
