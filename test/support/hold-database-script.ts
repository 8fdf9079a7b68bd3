// In a process of its own: opens the database given as JSON, says so, writes for ever, and holds it until it is killed.
import 'reflect-metadata';
import type { DatabaseConfig } from '@mock-server/config';
import { Database } from '@mock-server/database';
import { startContext } from './start-context';

async function hold(): Promise<void> {
  const config = JSON.parse(process.argv[2] ?? '') as DatabaseConfig;
  const database = (await startContext({ database: config })).get(Database);
  console.log('holding');
  for (let number = 1; ; number++) {
    await database.transaction(manager => manager.query(`UPDATE workspaces SET revision = ${number}`));
    console.log(`wrote ${number}.`);
  }
}

hold().catch((error: unknown) => {
  console.error(String(error));
  process.exit(1);
});
