import { readConfig } from '@mock-server/config';
import { migrateOnce } from '@mock-server/database';

const usage = `Usage: mock-server <command>
  start     run the server (the default; --help lists its settings)
  migrate   bring the database of DATABASE_URL up to date, then exit
`;

async function main([command]: readonly string[]): Promise<number> {
  if (command !== 'migrate') {
    process.stderr.write(`There is no command '${command ?? ''}'.\n${usage}`);
    return 2;
  }
  const applied = await migrateOnce(readConfig().database);
  process.stdout.write(applied.length === 0 ? 'The database is up to date.\n' : `Applied ${applied.join(', ')}.\n`);
  return 0;
}

main(process.argv.slice(2)).then(
  code => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
