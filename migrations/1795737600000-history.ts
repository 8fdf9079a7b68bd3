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
const key = (name: string, type = 'varchar', length: number | undefined = 36): TableColumnOptions => ({
  ...required(name, type, length),
  isPrimary: true,
});

/** A line for each change of a workspace, what each replaced, and drafts that belong together. */
export class History1795737600000 implements MigrationInterface {
  readonly name = 'History1795737600000';

  async up(runner: QueryRunner): Promise<void> {
    await createOwned(runner, 'revisions', {
      columns: [
        { ...required('revision', 'bigint'), isPrimary: true },
        required('at', 'bigint'),
        required('author', 'varchar', 254),
        required('source', 'varchar', 16),
        { ...required('message', 'varchar', 500), isNullable: true },
        required('added', 'integer'),
        required('changed', 'integer'),
        required('removed', 'integer'),
        required('kept_size', 'bigint'),
        { ...required('before', 'text'), isNullable: true },
      ],
    });
    // History begins now: to what was before this revision nobody can go back.
    await runner.query(
      `INSERT INTO revisions (workspace_id, revision, at, author, source, message, added, changed, removed, kept_size)
       SELECT id, revision, updated_at, 'server', 'user', 'History begins', 0, 0, 0, 0 FROM workspaces`,
    );
    await createOwned(runner, 'mock_versions', {
      columns: [
        key('id'),
        { ...required('until_revision', 'bigint'), isPrimary: true },
        required('since_revision', 'bigint'),
        required('version', 'integer'),
        required('position', 'bigint'),
        required('mapping', 'text'),
      ],
      indices: [['until_revision'], ['since_revision']],
    });
    await createOwned(runner, 'change_sets', {
      columns: [
        key('id'),
        required('title', 'varchar', 200),
        required('source', 'varchar', 16),
        required('author', 'varchar', 254),
        required('created_at', 'bigint'),
      ],
    });
    // A statement: on SQLite TypeORM's addColumn copies the whole table.
    await runner.query('ALTER TABLE mocks ADD COLUMN change_set_id varchar(36)');
    await runner.createIndex(
      'mocks',
      new TableIndex({ name: 'mocks_change_set', columnNames: ['workspace_id', 'change_set_id'] }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('mocks', 'mocks_change_set');
    await runner.query('ALTER TABLE mocks DROP COLUMN change_set_id');
    for (const table of ['change_sets', 'mock_versions', 'revisions']) await runner.dropTable(table);
  }
}

async function createOwned(
  runner: QueryRunner,
  name: string,
  { columns, indices = [] }: { readonly columns: TableColumnOptions[]; readonly indices?: readonly string[][] },
): Promise<void> {
  await runner.createTable(
    new Table({
      name,
      columns: [key('workspace_id'), ...columns],
      indices: indices.map(
        names => new TableIndex({ name: `${name}_${names.join('_')}`, columnNames: ['workspace_id', ...names] }),
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
