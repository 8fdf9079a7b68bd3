import { bigintColumn } from '@mock-server/database';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { readBeside, readSettings, type Workspace } from './workspace';

@Entity('workspaces')
@Index('workspaces_slug', ['slug'], { unique: true })
@Index('workspaces_base_id', ['baseId'])
export class WorkspaceEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ type: 'varchar', length: 63 })
  slug!: string;

  @Column({ type: 'varchar', length: 200 })
  name!: string;

  /** JSON, only what was set: defaults are applied when it is read. */
  @Column({ type: 'text' })
  settings!: string;

  @Column({ type: 'bigint', transformer: bigintColumn })
  revision!: number;

  @Column({ name: 'next_position', type: 'bigint', transformer: bigintColumn })
  nextPosition!: number;

  /** Who knows an older revision than this one must read everything again. */
  @Column({ name: 'floor_revision', type: 'bigint', transformer: bigintColumn })
  floorRevision!: number;

  @Column({ name: 'created_at', type: 'bigint', transformer: bigintColumn })
  createdAt!: number;

  @Column({ name: 'updated_at', type: 'bigint', transformer: bigintColumn })
  updatedAt!: number;

  /** Since when nothing in it is served or changed. */
  @Column({ name: 'archived_at', type: 'bigint', transformer: bigintColumn, nullable: true })
  archivedAt!: number | null;

  /** Since when it is gone for everybody; it can be restored until its time of grace is over. */
  @Column({ name: 'deleted_at', type: 'bigint', transformer: bigintColumn, nullable: true })
  deletedAt!: number | null;

  /** The slug that a deleted one had; `slug` is one that nobody addresses. */
  @Column({ name: 'deleted_slug', type: 'varchar', length: 63, nullable: true })
  deletedSlug!: string | null;

  /** Of a session: the workspace that it lies over. A session is a row here too, so whatever a workspace owns a session can own. */
  @Column({ name: 'base_id', type: 'varchar', length: 36, nullable: true })
  baseId!: string | null;

  /** Of a session: how long it lives without being used. */
  @Column({ name: 'ttl_ms', type: 'bigint', transformer: bigintColumn, nullable: true })
  ttlMs!: number | null;

  /** Of a session: from then on it may be deleted. */
  @Column({ name: 'expires_at', type: 'bigint', transformer: bigintColumn, nullable: true })
  expiresAt!: number | null;
}

type Shown = Pick<WorkspaceEntity, 'id' | 'slug' | 'name' | 'revision' | 'settings' | 'archivedAt'>;

export function toWorkspace({ id, slug, name, revision, settings, archivedAt }: Shown): Workspace {
  const stored = parseSettings(settings);
  return {
    id,
    slug,
    name,
    revision,
    settings: readSettings(stored),
    ...readBeside(stored),
    ...(archivedAt !== null && { isArchived: true }),
  };
}

function parseSettings(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return {};
  }
}
