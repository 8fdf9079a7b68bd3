import { bigintColumn } from '@mock-server/database';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { readDelays, readSettings, type Workspace } from './workspace';

@Entity('workspaces')
@Index('workspaces_slug', ['slug'], { unique: true })
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
}

export function toWorkspace({ id, slug, name, revision, settings }: WorkspaceEntity): Workspace {
  const stored = parseSettings(settings);
  return { id, slug, name, revision, settings: readSettings(stored), ...readDelays(stored) };
}

function parseSettings(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return {};
  }
}
