import { breathe, run, sql, Sql } from '@mock-server/database';
import { type EntityManager, type FindOptionsWhere } from 'typeorm';
import { WorkspaceEntity } from './workspace.entity';

const rowsPerDelete = 500;

/** With everything in them. How many there were. */
export async function deleteWorkspaces(
  manager: EntityManager,
  where: FindOptionsWhere<WorkspaceEntity>,
): Promise<number> {
  if (manager.connection.options.type !== 'postgres') await emptyInTurns(manager, where);
  return (await manager.delete(WorkspaceEntity, where)).affected ?? 0;
}

/** SQLite answers in the same turn: the one statement that deletes a workspace and all its rows would hold up traffic. */
async function emptyInTurns(manager: EntityManager, where: FindOptionsWhere<WorkspaceEntity>): Promise<void> {
  const workspaces = await manager.find(WorkspaceEntity, { select: { id: true }, where });
  const tables = workspaces.length === 0 ? [] : await ownedTables(manager);
  for (const { id } of workspaces)
    for (const table of tables) {
      const some = sql`SELECT rowid FROM ${table} WHERE workspace_id = ${id} LIMIT ${rowsPerDelete}`;
      const deleteSome = sql`DELETE FROM ${table} WHERE rowid IN (${some}) RETURNING 1 AS one`;
      while ((await run(manager, deleteSome)).length === rowsPerDelete) await breathe();
      await breathe();
    }
}

/** Those whose rows go with their workspace. */
async function ownedTables(manager: EntityManager): Promise<Sql[]> {
  const tables = await run<{ name: string }>(
    manager,
    sql`SELECT tables.name AS name FROM sqlite_master tables, pragma_foreign_key_list(tables.name) keys
      WHERE tables.type = 'table' AND keys."table" = 'workspaces' AND keys."from" = 'workspace_id'`,
  );
  return tables.map(({ name }) => new Sql([`"${name}"`], []));
}
