import {
  Table,
  TableForeignKey,
  TableIndex,
  type MigrationInterface,
  type QueryRunner,
  type TableColumnOptions,
} from 'typeorm';

/** The id of workspace `default`, the same everywhere, so that files and replicas agree on it without asking. */
const DEFAULT_WORKSPACE_ID = '00000000-0000-4000-8000-000000000000';

const required = (name: string, type: string, options: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type,
  isNullable: false,
  ...options,
});
const optional = (name: string, type: string, options: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type,
  isNullable: true,
  ...options,
});
const id = (name: string): TableColumnOptions => required(name, 'varchar', { length: '36', isPrimary: true });

export class InitialSchema1795478400000 implements MigrationInterface {
  readonly name = 'InitialSchema1795478400000';

  async up(runner: QueryRunner): Promise<void> {
    const isPostgres = runner.dataSource.options.type === 'postgres';
    const blob = isPostgres ? 'bytea' : 'blob';
    await createWorkspaces(runner);
    await createMocks(runner);
    await createOwned(runner, 'mock_tombstones', {
      columns: [id('id'), required('revision', 'bigint')],
      indices: [['revision']],
    });
    await createOwned(runner, 'files', {
      columns: [
        required('path', 'varchar', { length: '1024', isPrimary: true }),
        required('content', blob),
        required('size', 'integer'),
        required('sha256', 'varchar', { length: '64' }),
        required('revision', 'bigint'),
        required('updated_at', 'bigint'),
      ],
      indices: [],
    });
    await createOwned(runner, 'idempotency_keys', {
      columns: [
        required('key', 'varchar', { length: '255', isPrimary: true }),
        required('request_hash', 'varchar', { length: '64' }),
        required('status', 'integer'),
        required('body', 'text'),
        required('created_at', 'bigint'),
      ],
      indices: [],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['idempotency_keys', 'files', 'mock_tombstones', 'mocks', 'workspaces']) {
      await runner.dropTable(table);
    }
  }
}

async function createWorkspaces(runner: QueryRunner): Promise<void> {
  await runner.createTable(
    new Table({
      name: 'workspaces',
      columns: [
        id('id'),
        required('slug', 'varchar', { length: '63' }),
        required('name', 'varchar', { length: '200' }),
        required('settings', 'text'),
        required('revision', 'bigint'),
        required('next_position', 'bigint'),
        required('floor_revision', 'bigint'),
        required('created_at', 'bigint'),
        required('updated_at', 'bigint'),
      ],
      indices: [new TableIndex({ name: 'workspaces_slug', columnNames: ['slug'], isUnique: true })],
    }),
  );
  const now = Date.now();
  await runner.query(
    `INSERT INTO workspaces (id, slug, name, settings, revision, next_position, floor_revision, created_at, updated_at)
     VALUES ('${DEFAULT_WORKSPACE_ID}', 'default', 'Default', '{}', 1, 1, 0, ${now}, ${now})`,
  );
}

async function createMocks(runner: QueryRunner): Promise<void> {
  await createOwned(runner, 'mocks', {
    columns: [
      id('id'),
      optional('name', 'varchar', { length: '500' }),
      required('priority', 'integer'),
      required('position', 'bigint'),
      required('enabled', 'boolean'),
      required('persistent', 'boolean'),
      required('origin', 'varchar', { length: '16' }),
      optional('origin_file', 'varchar', { length: '1024' }),
      optional('origin_hash', 'varchar', { length: '64' }),
      required('mapping', 'text'),
      required('version', 'integer'),
      required('revision', 'bigint'),
      required('created_at', 'bigint'),
      required('updated_at', 'bigint'),
    ],
    indices: [['revision'], ['position']],
  });
}

/** A table whose rows belong to one workspace and go with it. Indices lead with the workspace, as every query does. */
async function createOwned(
  runner: QueryRunner,
  name: string,
  shape: { columns: TableColumnOptions[]; indices: string[][] },
): Promise<void> {
  await runner.createTable(
    new Table({
      name,
      columns: [id('workspace_id'), ...shape.columns],
      indices: shape.indices.map(
        columns => new TableIndex({ name: `${name}_${columns.join('_')}`, columnNames: ['workspace_id', ...columns] }),
      ),
      foreignKeys: [
        new TableForeignKey({
          name: `${name}_workspace`,
          columnNames: ['workspace_id'],
          referencedTableName: 'workspaces',
          referencedColumnNames: ['id'],
          onDelete: 'CASCADE',
        }),
      ],
    }),
  );
}
