import { bigintColumn } from '@mock-server/database';
import { WorkspaceEntity } from '@mock-server/workspaces';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A stored mock. Ids are unique in a workspace: two teams may import the same WireMock files. */
@Entity('mocks')
@Index('mocks_revision', ['workspaceId', 'revision'])
@Index('mocks_position', ['workspaceId', 'position'])
@Index('mocks_change_set', ['workspaceId', 'changeSetId'])
export class MockEntity {
  @ForeignKey(() => WorkspaceEntity, { name: 'mocks_workspace', onDelete: 'CASCADE' })
  @PrimaryColumn({ name: 'workspace_id', type: 'varchar', length: 36 })
  workspaceId!: string;

  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ type: 'varchar', length: 500, nullable: true })
  name!: string | null;

  @Column('integer')
  priority!: number;

  /** Rises with creation; among mocks of one priority the larger wins. */
  @Column({ type: 'bigint', transformer: bigintColumn })
  position!: number;

  @Column('boolean')
  enabled!: boolean;

  /** Whether `mappings/reset` keeps it. Every mock survives a restart. */
  @Column('boolean')
  persistent!: boolean;

  @Column({ type: 'varchar', length: 16 })
  origin!: 'api' | 'file';

  /** Of origin `file`: path below the mappings folder, and the hash of the file it came from. */
  @Column({ name: 'origin_file', type: 'varchar', length: 1024, nullable: true })
  originFile!: string | null;

  @Column({ name: 'origin_hash', type: 'varchar', length: 64, nullable: true })
  originHash!: string | null;

  /** The mapping as JSON, as its author wrote it, with id and uuid. */
  @Column('text')
  mapping!: string;

  /** 1 at creation, one more with each replacement: the ETag. */
  @Column('integer')
  version!: number;

  /** The workspace's revision that last touched it. */
  @Column({ type: 'bigint', transformer: bigintColumn })
  revision!: number;

  /** Of a draft: the change set in which it waits for review. */
  @Column({ name: 'change_set_id', type: 'varchar', length: 36, nullable: true })
  changeSetId!: string | null;

  @Column({ name: 'created_at', type: 'bigint', transformer: bigintColumn })
  createdAt!: number;

  @Column({ name: 'updated_at', type: 'bigint', transformer: bigintColumn })
  updatedAt!: number;
}
