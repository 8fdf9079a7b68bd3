import { bigintColumn } from '@mock-server/database';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Failed sign-ins of one account or one address since a moment; in the table so that replicas count together. */
@Entity('sign_in_failures')
@Index('sign_in_failures_since', ['since'])
export class SignInFailureEntity {
  /** `account <hash>` or `address <hash>`. */
  @PrimaryColumn({ type: 'varchar', length: 80 })
  key!: string;

  @Column({ type: 'integer' })
  failures!: number;

  @Column({ type: 'bigint', transformer: bigintColumn })
  since!: number;
}
