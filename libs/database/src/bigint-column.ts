import type { ValueTransformer } from 'typeorm';

/** `@Column({ type: 'bigint', transformer: bigintColumn })`: Postgres hands bigints out as strings, SQLite as numbers; here both are numbers. */
export const bigintColumn: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};
