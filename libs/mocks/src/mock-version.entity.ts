import { bigintColumn } from '@mock-server/database';
import { WorkspaceEntity } from '@mock-server/workspaces';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A mock as it was from one revision of its workspace until another, which replaced or removed it. What is now is in `mocks`. */
@Entity('mock_versions')
@Index('mock_versions_until_revision', ['workspaceId', 'until'])
@Index('mock_versions_since_revision', ['workspaceId', 'since'])
export class MockVersionEntity {
  @ForeignKey(() => WorkspaceEntity, { name: 'mock_versions_workspace', onDelete: 'CASCADE' })
  @PrimaryColumn({ name: 'workspace_id', type: 'varchar', length: 36 })
  workspaceId!: string;

  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  /** The revision that ended it. */
  @PrimaryColumn({ name: 'until_revision', type: 'bigint', transformer: bigintColumn })
  until!: number;

  /** The revision that made it. */
  @Column({ name: 'since_revision', type: 'bigint', transformer: bigintColumn })
  since!: number;

  @Column('integer')
  version!: number;

  @Column({ type: 'bigint', transformer: bigintColumn })
  position!: number;

  @Column('text')
  mapping!: string;
}
