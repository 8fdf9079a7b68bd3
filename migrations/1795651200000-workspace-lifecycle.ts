import { type MigrationInterface, type QueryRunner } from 'typeorm';

const columns = [
  ['archived_at', 'bigint'],
  ['deleted_at', 'bigint'],
  // A deleted workspace gives its slug free, and takes it back when it is restored.
  ['deleted_slug', 'varchar(63)'],
] as const;

/** Workspaces that are archived, and deleted ones that can still be restored. */
export class WorkspaceLifecycle1795651200000 implements MigrationInterface {
  readonly name = 'WorkspaceLifecycle1795651200000';

  // Statements, not TypeORM's addColumn: on SQLite that copies the table and drops the old one, and all it owns with it.
  async up(runner: QueryRunner): Promise<void> {
    for (const [name, type] of columns) await runner.query(`ALTER TABLE workspaces ADD COLUMN ${name} ${type}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name] of columns) await runner.query(`ALTER TABLE workspaces DROP COLUMN ${name}`);
  }
}
