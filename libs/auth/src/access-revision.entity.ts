import { bigintColumn } from '@mock-server/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One row. Its revision rises with every change of users, roles and tokens. */
@Entity('access_revision')
export class AccessRevisionEntity {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @Column({ type: 'bigint', transformer: bigintColumn })
  revision!: number;
}
