import { bigintColumn } from '@mock-server/database';
import type { WorkspaceRole } from '@mock-server/http';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A secret that somebody was sent, to make the first account, to join, or to set a new password. Gone once used. */
@Entity('one_time_links')
@Index('one_time_links_hash', ['hash'], { unique: true })
@Index('one_time_links_workspace_id', ['workspaceId'])
@Index('one_time_links_expires_at', ['expiresAt'])
export class OneTimeLinkEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ type: 'varchar', length: 16 })
  purpose!: 'setup' | 'invitation' | 'password';

  @Column({ type: 'varchar', length: 64 })
  hash!: string;

  /** Only this address may use it; null: whoever has it. */
  @Column({ type: 'varchar', length: 254, nullable: true })
  email!: string | null;

  /** Whose password it sets. */
  @Column({ name: 'user_id', type: 'varchar', length: 36, nullable: true })
  userId!: string | null;

  @Column({ name: 'workspace_id', type: 'varchar', length: 36, nullable: true })
  workspaceId!: string | null;

  @Column({ type: 'varchar', length: 16, nullable: true })
  role!: WorkspaceRole | null;

  @Column({ name: 'is_admin', type: 'boolean' })
  isAdmin!: boolean;

  @Column({ name: 'created_by', type: 'varchar', length: 254 })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'bigint', transformer: bigintColumn })
  createdAt!: number;

  @Column({ name: 'expires_at', type: 'bigint', transformer: bigintColumn })
  expiresAt!: number;
}
