import { bigintColumn } from '@mock-server/database';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('users')
@Index('users_email', ['email'], { unique: true })
@Index('users_oidc_subject', ['oidcSubject'], { unique: true })
export class UserEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  /** Lower-case. */
  @Column({ type: 'varchar', length: 254 })
  email!: string;

  @Column({ type: 'varchar', length: 200 })
  name!: string;

  /** Null: signs in by OpenID Connect alone. */
  @Column({ name: 'password_hash', type: 'varchar', length: 255, nullable: true })
  passwordHash!: string | null;

  /** `<issuer>|<sub>` of the provider. */
  @Column({ name: 'oidc_subject', type: 'varchar', length: 512, nullable: true })
  oidcSubject!: string | null;

  @Column({ name: 'is_admin', type: 'boolean' })
  isAdmin!: boolean;

  @Column({ name: 'is_disabled', type: 'boolean' })
  isDisabled!: boolean;

  @Column({ name: 'created_at', type: 'bigint', transformer: bigintColumn })
  createdAt!: number;

  @Column({ name: 'updated_at', type: 'bigint', transformer: bigintColumn })
  updatedAt!: number;

  @Column({ name: 'last_sign_in_at', type: 'bigint', transformer: bigintColumn, nullable: true })
  lastSignInAt!: number | null;
}
