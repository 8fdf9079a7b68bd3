import { bigintColumn } from '@mock-server/database';
import type { WorkspaceRole } from '@mock-server/http';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('api_tokens')
@Index('api_tokens_hash', ['hash'], { unique: true })
@Index('api_tokens_workspace_id', ['workspaceId'])
export class ApiTokenEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ name: 'workspace_id', type: 'varchar', length: 36 })
  workspaceId!: string;

  @Column({ type: 'varchar', length: 200 })
  name!: string;

  @Column({ type: 'varchar', length: 16 })
  role!: WorkspaceRole;

  /** SHA-256: the token itself is random enough that no slower hash would help. */
  @Column({ type: 'varchar', length: 64 })
  hash!: string;

  /** How the token begins, so that a person knows it again. */
  @Column({ type: 'varchar', length: 16 })
  hint!: string;

  @Column({ name: 'created_by', type: 'varchar', length: 254 })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'bigint', transformer: bigintColumn })
  createdAt!: number;

  @Column({ name: 'expires_at', type: 'bigint', transformer: bigintColumn, nullable: true })
  expiresAt!: number | null;

  @Column({ name: 'last_used_at', type: 'bigint', transformer: bigintColumn, nullable: true })
  lastUsedAt!: number | null;
}
