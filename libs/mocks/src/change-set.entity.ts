import { bigintColumn } from '@mock-server/database';
import { type ChangeSource, WorkspaceEntity } from '@mock-server/workspaces';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** Drafts that belong together and wait for review; they name it. Gone when none of its drafts is left. */
@Entity('change_sets')
export class ChangeSetEntity {
  @ForeignKey(() => WorkspaceEntity, { name: 'change_sets_workspace', onDelete: 'CASCADE' })
  @PrimaryColumn({ name: 'workspace_id', type: 'varchar', length: 36 })
  workspaceId!: string;

  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ type: 'varchar', length: 200 })
  title!: string;

  @Column({ type: 'varchar', length: 16 })
  source!: ChangeSource;

  @Column({ type: 'varchar', length: 254 })
  author!: string;

  @Column({ name: 'created_at', type: 'bigint', transformer: bigintColumn })
  createdAt!: number;
}
