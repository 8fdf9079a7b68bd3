// Installs what the bench measures against, into bench/node_modules, on the first run.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { javaVersion } from './contenders.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const readJson = file => JSON.parse(readFileSync(file, 'utf8'));

/** Brings bench/node_modules to what bench/package.json names. */
export async function installPeers(say) {
  const { dependencies } = readJson(join(here, 'package.json'));
  const isInstalled = ([name, version]) => {
    const manifest = join(here, 'node_modules', name, 'package.json');
    return existsSync(manifest) && readJson(manifest).version === version;
  };
  if (Object.entries(dependencies).every(isInstalled)) return;
  say(`installing ${Object.keys(dependencies).join(', ')} into bench/node_modules (about 150 MB, once)`);
  await runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

function runNpm(args) {
  return new Promise((resolve, reject) => {
    const npm = spawn('npm', args, { cwd: here, stdio: 'inherit', shell: process.platform === 'win32' });
    npm.once('error', reject);
    npm.once('exit', code =>
      code === 0 ? resolve() : reject(new Error(`npm ${args[0]} in bench/ ended with exit code ${code}.`)),
    );
  });
}

/** Contenders that cannot run here, each with the reason. */
export function missingPeers() {
  return javaVersion() === undefined
    ? new Map([['wiremock', 'there is no Java (11 or newer) on the PATH']])
    : new Map();
}
