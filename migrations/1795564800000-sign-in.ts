import {
  Table,
  TableForeignKey,
  TableIndex,
  type MigrationInterface,
  type QueryRunner,
  type TableColumnOptions,
} from 'typeorm';

const required = (name: string, type: string, length?: number): TableColumnOptions => ({
  name,
  type,
  isNullable: false,
  ...(length !== undefined && { length: String(length) }),
});
const optional = (name: string, type: string, length?: number): TableColumnOptions => ({
  ...required(name, type, length),
  isNullable: true,
});
const key = (name: string, length = 36): TableColumnOptions => ({
  ...required(name, 'varchar', length),
  isPrimary: true,
});

interface Shape {
  readonly columns: TableColumnOptions[];
  readonly unique?: readonly string[];
  readonly indices?: readonly (readonly string[])[];
  /** Column -> table whose row takes this one with it. */
  readonly owners?: Readonly<Record<string, string>>;
}

/** Users, their roles in workspaces, sign-ins, API tokens, one-time links, and the audit trail. */
export class SignIn1795564800000 implements MigrationInterface {
  readonly name = 'SignIn1795564800000';

  async up(runner: QueryRunner): Promise<void> {
    await create(runner, 'users', {
      columns: [
        key('id'),
        required('email', 'varchar', 254),
        required('name', 'varchar', 200),
        optional('password_hash', 'varchar', 255),
        optional('oidc_subject', 'varchar', 512),
        required('is_admin', 'boolean'),
        required('is_disabled', 'boolean'),
        required('created_at', 'bigint'),
        required('updated_at', 'bigint'),
        optional('last_sign_in_at', 'bigint'),
      ],
      unique: ['email', 'oidc_subject'],
    });
    await create(runner, 'members', {
      columns: [
        key('workspace_id'),
        key('user_id'),
        required('role', 'varchar', 16),
        required('source', 'varchar', 16),
        required('created_at', 'bigint'),
      ],
      indices: [['user_id']],
      owners: { workspace_id: 'workspaces', user_id: 'users' },
    });
    await create(runner, 'api_tokens', {
      columns: [
        key('id'),
        required('workspace_id', 'varchar', 36),
        required('name', 'varchar', 200),
        required('role', 'varchar', 16),
        required('hash', 'varchar', 64),
        required('hint', 'varchar', 16),
        required('created_by', 'varchar', 254),
        required('created_at', 'bigint'),
        optional('expires_at', 'bigint'),
        optional('last_used_at', 'bigint'),
      ],
      unique: ['hash'],
      indices: [['workspace_id']],
      owners: { workspace_id: 'workspaces' },
    });
    await create(runner, 'sign_ins', {
      columns: [
        key('id'),
        required('user_id', 'varchar', 36),
        required('refresh_hash', 'varchar', 64),
        required('created_at', 'bigint'),
        required('refreshed_at', 'bigint'),
        required('expires_at', 'bigint'),
        required('address', 'varchar', 64),
        required('client', 'varchar', 200),
      ],
      indices: [['user_id'], ['expires_at']],
      owners: { user_id: 'users' },
    });
    await create(runner, 'one_time_links', {
      columns: [
        key('id'),
        required('purpose', 'varchar', 16),
        required('hash', 'varchar', 64),
        optional('email', 'varchar', 254),
        optional('user_id', 'varchar', 36),
        optional('workspace_id', 'varchar', 36),
        optional('role', 'varchar', 16),
        required('is_admin', 'boolean'),
        required('created_by', 'varchar', 254),
        required('created_at', 'bigint'),
        required('expires_at', 'bigint'),
      ],
      unique: ['hash'],
      indices: [['workspace_id'], ['expires_at']],
      owners: { workspace_id: 'workspaces', user_id: 'users' },
    });
    await create(runner, 'sign_in_failures', {
      columns: [key('key', 80), required('failures', 'integer'), required('since', 'bigint')],
      indices: [['since']],
    });
    // One row: its revision rises with every change of users, roles and tokens; how replicas notice.
    await create(runner, 'access_revision', {
      columns: [{ ...required('id', 'integer'), isPrimary: true }, required('revision', 'bigint')],
    });
    await runner.query('INSERT INTO access_revision (id, revision) VALUES (1, 1)');
    await createAudit(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    const tables = ['sign_in_failures', 'one_time_links', 'sign_ins', 'api_tokens', 'members', 'users'];
    for (const table of ['audit_events', 'access_revision', ...tables]) await runner.dropTable(table);
    if (isPostgres(runner)) await runner.query('DROP FUNCTION refuse_audit_change()');
  }
}

/** What it tells of may be gone since, so nothing owns a row of it. */
async function createAudit(runner: QueryRunner): Promise<void> {
  await create(runner, 'audit_events', {
    columns: [
      key('id'),
      required('at', 'bigint'),
      required('actor_kind', 'varchar', 16),
      optional('actor_id', 'varchar', 64),
      required('actor_name', 'varchar', 254),
      optional('workspace_id', 'varchar', 36),
      optional('workspace_slug', 'varchar', 63),
      required('action', 'varchar', 100),
      optional('target', 'varchar', 500),
      required('outcome', 'varchar', 16),
      required('status', 'integer'),
      required('address', 'varchar', 64),
      required('request_id', 'varchar', 128),
    ],
    indices: [['workspace_id', 'id'], ['actor_id', 'id'], ['at']],
  });
  for (const statement of isPostgres(runner) ? POSTGRES_APPEND_ONLY : SQLITE_APPEND_ONLY) await runner.query(statement);
}

/** Rows are added, and removed when their time is over; nobody rewrites one. */
const SQLITE_APPEND_ONLY = [
  `CREATE TRIGGER audit_events_append_only BEFORE UPDATE ON audit_events
   BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END`,
];
const POSTGRES_APPEND_ONLY = [
  `CREATE FUNCTION refuse_audit_change() RETURNS trigger AS $$
   BEGIN RAISE EXCEPTION 'audit events are never changed'; END $$ LANGUAGE plpgsql`,
  `CREATE TRIGGER audit_events_append_only BEFORE UPDATE ON audit_events
   FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()`,
];

function isPostgres(runner: QueryRunner): boolean {
  return runner.dataSource.options.type === 'postgres';
}

async function create(
  runner: QueryRunner,
  name: string,
  { columns, unique = [], indices = [], owners = {} }: Shape,
): Promise<void> {
  await runner.createTable(
    new Table({
      name,
      columns,
      indices: [
        ...unique.map(column => new TableIndex({ name: `${name}_${column}`, columnNames: [column], isUnique: true })),
        ...indices.map(
          columnNames => new TableIndex({ name: `${name}_${columnNames.join('_')}`, columnNames: [...columnNames] }),
        ),
      ],
      foreignKeys: Object.entries(owners).map(
        ([column, table]) =>
          new TableForeignKey({
            name: `${name}_${column}_owner`,
            columnNames: [column],
            referencedTableName: table,
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
          }),
      ),
    }),
  );
}
