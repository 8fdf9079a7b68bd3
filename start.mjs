// `npm start`, and the image's entry: runs the server (or a command of the command line) in this same process, so that
// signals reach the server itself. Where the sources are, it first builds what changed.
import { existsSync } from 'node:fs';
import * as module from 'node:module';

if (existsSync(new URL('./build.mjs', import.meta.url))) {
  const { build } = await import('./build.mjs');
  await build();
}
// Node 22 and newer can keep compiled code between starts; older ones do not know the call.
module.enableCompileCache?.();
const require = module.createRequire(import.meta.url);
const command = process.argv[2];
const isStart = command === undefined || command === 'start' || command.startsWith('-');
require(isStart ? './dist/server.js' : './dist/cli.js');
