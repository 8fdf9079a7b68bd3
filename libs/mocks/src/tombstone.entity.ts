import { bigintColumn } from '@mock-server/database';
import { WorkspaceEntity } from '@mock-server/workspaces';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** Says that a mock was deleted, to replicas that still have it. */
@Entity('mock_tombstones')
@Index('mock_tombstones_revision', ['workspaceId', 'revision'])
export class TombstoneEntity {
  @ForeignKey(() => WorkspaceEntity, { name: 'mock_tombstones_workspace', onDelete: 'CASCADE' })
  @PrimaryColumn({ name: 'workspace_id', type: 'varchar', length: 36 })
  workspaceId!: string;

  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ type: 'bigint', transformer: bigintColumn })
  revision!: number;
}
