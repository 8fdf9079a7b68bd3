import { migrations } from '@mock-server/migrations';
import { join } from 'node:path';
import { ended, startScript } from '../../../test/support/child-process';
import { DIALECTS, emptyDatabase, type EmptyDatabase } from '../../../test/support/databases';
import type { QueryRunner } from 'typeorm';
import { connectionOptions, ServerDataSource } from './data-source';
import { migrateOnce, migratePostgres, migrateSqlite } from './migrate';

class Failing1900000000000 {
  readonly name = 'Failing1900000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half_done (id integer)');
    await runner.query('INSERT INTO no_such_table VALUES (1)');
  }
  async down(): Promise<void> {}
}

describe.each(DIALECTS)('Migrations on %s', dialect => {
  let empty: EmptyDatabase;

  beforeEach(async () => {
    empty = await emptyDatabase(dialect);
  });
  afterEach(() => empty.drop());

  async function tables(): Promise<string[]> {
    const source = await new ServerDataSource(connectionOptions(empty.config)).initialize();
    try {
      const found = await source.createQueryRunner().getTables();
      return found.map(table => table.name.replace('public.', '')).sort();
    } finally {
      await source.destroy();
    }
  }

  it('make the schema, and the workspace `default`', async () => {
    expect(await migrateOnce(empty.config)).toEqual(migrations.map(({ name }) => name));
    expect(await tables()).toEqual(
      expect.arrayContaining(['files', 'idempotency_keys', 'mock_tombstones', 'mocks', 'workspaces']),
    );
    const source = await new ServerDataSource(connectionOptions(empty.config)).initialize();
    expect(await source.query('SELECT slug FROM workspaces')).toEqual([{ slug: 'default' }]);
    await source.destroy();
  });

  it('have nothing to do the second time', async () => {
    await migrateOnce(empty.config);
    expect(await migrateOnce(empty.config)).toEqual([]);
  });

  it('leave nothing behind when one fails, and say which', async () => {
    const { config } = empty;
    await migrateOnce(config);
    const run =
      config.kind === 'sqlite'
        ? migrateSqlite(config.file, [Failing1900000000000])
        : migratePostgres(config.url, [Failing1900000000000]);
    await expect(run).rejects.toThrow(/rolled back: .*no_such_table/);
    expect(await tables()).not.toContain('half_done');
    expect(await migrateOnce(config)).toEqual([]);
  });
});

describe('Migrations of processes that start together', () => {
  it('run once, and no process fails', async () => {
    const empty = await emptyDatabase('postgres');
    const script = join(__dirname, '../../../test/support/migrate-script.ts');
    const runs = Array.from({ length: 4 }, () => ended(startScript(script, [JSON.stringify(empty.config)])));
    const results = await Promise.all(runs);
    await empty.drop();
    expect(results.map(({ code, output }) => ({ code, output: code === 0 ? '' : output }))).toEqual(
      Array.from({ length: 4 }, () => ({ code: 0, output: '' })),
    );
    const migrated = results.filter(({ output }) => output.includes('InitialSchema1795478400000'));
    expect(migrated).toHaveLength(1);
  });
});
