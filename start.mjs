// `npm start`: builds what changed, then runs the server (or a command of the command line) in this same process,
// so that signals reach the server itself.
import * as module from 'node:module';
import { build } from './build.mjs';

await build();
// Node 22 and newer can keep compiled code between starts; older ones do not know the call.
module.enableCompileCache?.();
const require = module.createRequire(import.meta.url);
const command = process.argv[2];
const isStart = command === undefined || command === 'start' || command.startsWith('-');
require(isStart ? './dist/apps/server/src/main.js' : './dist/apps/cli/src/main.js');
