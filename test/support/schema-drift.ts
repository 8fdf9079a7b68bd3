import { connectionOptions, migrateOnce, ServerDataSource } from '@mock-server/database';
import type { DatabaseConfig } from '@mock-server/config';
import type { DataSourceOptions } from 'typeorm';

/**
 * Migrates an empty database and compares it with the entities. Returns the statements that the schema builder would run
 * to make the schema fit them: none, if migrations and entities say the same.
 */
export async function schemaDrift(
  config: DatabaseConfig,
  entities: NonNullable<DataSourceOptions['entities']>,
): Promise<string[]> {
  await migrateOnce(config);
  const source = new ServerDataSource({ ...connectionOptions(config), entities });
  await source.initialize();
  try {
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  } finally {
    await source.destroy();
  }
}
