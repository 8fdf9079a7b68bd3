import { parseArgs } from 'node:util';
import { readConfig } from '@mock-server/config';
import { migrateOnce } from '@mock-server/database';
import { backUp, restoreBackup, verifyBackup } from './backup';

const usage = `Usage: mock-server <command>
  start                                        run the server (the default; --help lists its settings)
  migrate                                      bring the database of DATABASE_URL up to date, then exit
  backup --to FOLDER [--keep 7] [--no-verify]  back the database up, prove it by a restore, let older ones go
  verify-backup FILE                           prove a backup: checksum, and a restore into a scratch database
  restore FILE [--replace]                     put a backup into the empty database of DATABASE_URL
`;

/** A mistake in the command line itself: exit code 2. */
class UsageError extends Error {}

async function main([command, ...rest]: readonly string[]): Promise<string> {
  switch (command) {
    case 'migrate':
      return migrate();
    case 'backup':
      return backUp(readConfig().database, backupOptions(rest));
    case 'verify-backup':
      return verifyBackup(readConfig().database, fileOf(rest, {}).file);
    case 'restore': {
      const { file, values } = fileOf(rest, { replace: { type: 'boolean' } });
      return restoreBackup(readConfig().database, file, { replace: values['replace'] === true });
    }
    default:
      throw new UsageError(`There is no command '${command ?? ''}'.`);
  }
}

async function migrate(): Promise<string> {
  const applied = await migrateOnce(readConfig().database);
  return applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`;
}

type Flags = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

function parse(args: readonly string[], options: Flags) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function backupOptions(args: readonly string[]) {
  const flags: Flags = { to: { type: 'string' }, keep: { type: 'string' }, 'no-verify': { type: 'boolean' } };
  const { values } = parse(args, flags);
  const { to: folder, keep = '7' } = values;
  if (typeof folder !== 'string' || folder === '') throw new UsageError('backup needs --to FOLDER.');
  if (!/^[1-9]\d{0,5}$/.test(String(keep))) throw new UsageError('--keep must be a whole number from 1 up.');
  return { folder, keep: Number(keep), verify: values['no-verify'] !== true };
}

function fileOf(args: readonly string[], options: Flags) {
  const { values, positionals } = parse(args, options);
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new UsageError('One FILE is needed.');
  return { file, values };
}

main(process.argv.slice(2)).then(
  said => {
    process.stdout.write(`${said}\n`);
    process.exit(0);
  },
  (error: unknown) => {
    const isUsage = error instanceof UsageError;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${isUsage ? usage : ''}`);
    process.exit(isUsage ? 2 : 1);
  },
);
