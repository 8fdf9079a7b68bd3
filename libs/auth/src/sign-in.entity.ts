import { bigintColumn } from '@mock-server/database';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One sign-in of a user. An access token is valid as long as the row is there: removing it signs out. */
@Entity('sign_ins')
@Index('sign_ins_user_id', ['userId'])
@Index('sign_ins_expires_at', ['expiresAt'])
export class SignInEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ name: 'user_id', type: 'varchar', length: 36 })
  userId!: string;

  /** Of the newest refresh token; one that was used before shows that it was stolen. */
  @Column({ name: 'refresh_hash', type: 'varchar', length: 64 })
  refreshHash!: string;

  @Column({ name: 'created_at', type: 'bigint', transformer: bigintColumn })
  createdAt!: number;

  @Column({ name: 'refreshed_at', type: 'bigint', transformer: bigintColumn })
  refreshedAt!: number;

  @Column({ name: 'expires_at', type: 'bigint', transformer: bigintColumn })
  expiresAt!: number;

  @Column({ type: 'varchar', length: 64 })
  address!: string;

  /** The User-Agent. */
  @Column({ type: 'varchar', length: 200 })
  client!: string;
}
