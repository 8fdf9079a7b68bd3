import { type MigrationInterface, type QueryRunner } from 'typeorm';

const columns = [
  ['base_id', 'varchar(36)'],
  ['ttl_ms', 'bigint'],
  ['expires_at', 'bigint'],
] as const;

/** Sessions: rows of `workspaces` that lie over another one, and end. */
export class Sessions1795824000000 implements MigrationInterface {
  readonly name = 'Sessions1795824000000';

  // Statements, not TypeORM's addColumn: on SQLite that copies the table and drops the old one, and all it owns with it.
  async up(runner: QueryRunner): Promise<void> {
    for (const [name, type] of columns) await runner.query(`ALTER TABLE workspaces ADD COLUMN ${name} ${type}`);
    await runner.query('CREATE INDEX workspaces_base_id ON workspaces (base_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    // To a version that does not know them, sessions would be workspaces.
    await runner.query('DELETE FROM workspaces WHERE base_id IS NOT NULL');
    await runner.query('DROP INDEX workspaces_base_id');
    for (const [name] of columns) await runner.query(`ALTER TABLE workspaces DROP COLUMN ${name}`);
  }
}
