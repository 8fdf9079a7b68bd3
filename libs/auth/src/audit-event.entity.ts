import { bigintColumn } from '@mock-server/database';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Who did what, from where, when, to what, and what came of it. Never changed; the database refuses it too. */
@Entity('audit_events')
@Index('audit_events_workspace_id_id', ['workspaceId', 'id'])
@Index('audit_events_actor_id_id', ['actorId', 'id'])
@Index('audit_events_at', ['at'])
export class AuditEventEntity {
  /** A version 7 UUID: sorts by time. */
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ type: 'bigint', transformer: bigintColumn })
  at!: number;

  @Column({ name: 'actor_kind', type: 'varchar', length: 16 })
  actorKind!: string;

  @Column({ name: 'actor_id', type: 'varchar', length: 64, nullable: true })
  actorId!: string | null;

  @Column({ name: 'actor_name', type: 'varchar', length: 254 })
  actorName!: string;

  @Column({ name: 'workspace_id', type: 'varchar', length: 36, nullable: true })
  workspaceId!: string | null;

  @Column({ name: 'workspace_slug', type: 'varchar', length: 63, nullable: true })
  workspaceSlug!: string | null;

  /** `mappings.create`, `auth.sign-in`. */
  @Column({ type: 'varchar', length: 100 })
  action!: string;

  @Column({ type: 'varchar', length: 500, nullable: true })
  target!: string | null;

  @Column({ type: 'varchar', length: 16 })
  outcome!: 'done' | 'refused' | 'failed';

  @Column({ type: 'integer' })
  status!: number;

  @Column({ type: 'varchar', length: 64 })
  address!: string;

  @Column({ name: 'request_id', type: 'varchar', length: 128 })
  requestId!: string;
}
