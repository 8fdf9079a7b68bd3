import { bigintColumn } from '@mock-server/database';
import { WorkspaceEntity } from '@mock-server/workspaces';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** The answer to a write that carried an `Idempotency-Key`, to give again. */
@Entity('idempotency_keys')
export class IdempotencyKeyEntity {
  @ForeignKey(() => WorkspaceEntity, { name: 'idempotency_keys_workspace', onDelete: 'CASCADE' })
  @PrimaryColumn({ name: 'workspace_id', type: 'varchar', length: 36 })
  workspaceId!: string;

  @PrimaryColumn({ type: 'varchar', length: 255 })
  key!: string;

  @Column({ name: 'request_hash', type: 'varchar', length: 64 })
  requestHash!: string;

  @Column('integer')
  status!: number;

  @Column('text')
  body!: string;

  @Column({ name: 'created_at', type: 'bigint', transformer: bigintColumn })
  createdAt!: number;
}
