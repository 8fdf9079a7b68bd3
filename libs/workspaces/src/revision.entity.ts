import { bigintColumn } from '@mock-server/database';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { ChangeSource } from './change-note';
import { WorkspaceEntity } from './workspace.entity';

/** One change of a workspace: who, when, why, how much. What it replaced is kept beside, so that it can be taken back. */
@Entity('revisions')
export class RevisionEntity {
  @ForeignKey(() => WorkspaceEntity, { name: 'revisions_workspace', onDelete: 'CASCADE' })
  @PrimaryColumn({ name: 'workspace_id', type: 'varchar', length: 36 })
  workspaceId!: string;

  @PrimaryColumn({ type: 'bigint', transformer: bigintColumn })
  revision!: number;

  @Column({ type: 'bigint', transformer: bigintColumn })
  at!: number;

  @Column({ type: 'varchar', length: 254 })
  author!: string;

  @Column({ type: 'varchar', length: 16 })
  source!: ChangeSource;

  @Column({ type: 'varchar', length: 500, nullable: true })
  message!: string | null;

  /** Mocks that it added, replaced and removed. */
  @Column('integer')
  added!: number;

  @Column('integer')
  changed!: number;

  @Column('integer')
  removed!: number;

  /** Characters of mappings that are kept because of it: what it replaced or removed. */
  @Column({ name: 'kept_size', type: 'bigint', transformer: bigintColumn })
  keptSize!: number;

  /** JSON of `{ name, settings }` before it; null: it changed neither. */
  @Column({ type: 'text', nullable: true })
  before!: string | null;
}
