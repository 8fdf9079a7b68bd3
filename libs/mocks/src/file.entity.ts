import { bigintColumn } from '@mock-server/database';
import { WorkspaceEntity } from '@mock-server/workspaces';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** A body file, which mocks name by `bodyFileName`. */
@Entity('files')
export class FileEntity {
  @ForeignKey(() => WorkspaceEntity, { name: 'files_workspace', onDelete: 'CASCADE' })
  @PrimaryColumn({ name: 'workspace_id', type: 'varchar', length: 36 })
  workspaceId!: string;

  @PrimaryColumn({ type: 'varchar', length: 1024 })
  path!: string;

  @Column('blob')
  content!: Buffer;

  @Column('integer')
  size!: number;

  @Column({ type: 'varchar', length: 64 })
  sha256!: string;

  @Column({ type: 'bigint', transformer: bigintColumn })
  revision!: number;

  @Column({ name: 'updated_at', type: 'bigint', transformer: bigintColumn })
  updatedAt!: number;
}
