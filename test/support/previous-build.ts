import { execFileSync } from 'node:child_process';
import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const main = 'dist/apps/server/src/main.js';
const sources = ['apps', 'libs', 'migrations', 'build.mjs', 'start.mjs', 'tsconfig.json', '.swcrc', 'package.json'];

export interface PreviousBuild {
  /** The file that starts its server. */
  readonly main: string;
  /** What it is, for who reads the figures. */
  readonly what: string;
}

/**
 * The server as it was before the newest migration came, built in the folder from the history of this clone, with the packages of today.
 * Nothing is fetched: a shallow clone has no such history, and gets this build again.
 */
export function previousBuild(folder: string): PreviousBuild {
  const newest = readdirSync(join(root, 'migrations'))
    .filter(name => /^\d+-.*\.ts$/.test(name))
    .sort()
    .at(-1)!;
  const commit = commitBefore(`migrations/${newest}`);
  if (commit === undefined)
    return {
      main: join(root, main),
      what: `this build in the place of the previous one, for the clone has no history before ${newest}: with one schema alone`,
    };
  execFileSync('tar', ['-x', '-C', folder], { input: git('archive', commit, ...sources) });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  execFileSync(process.execPath, ['build.mjs'], { cwd: folder, stdio: 'ignore' });
  return { main: join(folder, main), what: `the version before ${newest} (${commit.slice(0, 7)})` };
}

function commitBefore(file: string): string | undefined {
  try {
    const added = git('log', '--diff-filter=A', '-1', '--format=%H', '--', file).toString().trim();
    return git('rev-parse', '--verify', '--quiet', `${added}~1^{commit}`).toString().trim();
  } catch {
    return undefined;
  }
}

function git(...args: string[]): Buffer {
  return execFileSync('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 256 * 1_024 * 1_024 });
}
