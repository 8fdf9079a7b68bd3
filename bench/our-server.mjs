// Starts mock-server as the image does, on a data folder of its own.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, removeFolder, scratchFolder, startServer } from './servers.mjs';

/** The command that `npm start` and the image run, for startServer. `nodeArgs` are more options of Node. */
export function ourServer(nodeArgs = []) {
  const main = fileURLToPath(new URL('../dist/server.js', import.meta.url));
  return {
    command: process.execPath,
    args: ['--enable-source-maps', '--max-semi-space-size=8', ...nodeArgs, main],
  };
}

/**
 * Resolves to { server, port, folder, restart, close } once it is ready. SQLite in the folder, unless `env` says otherwise. `nodeArgs` are
 * options of Node, and `inside` may lay another program around it: (command, args) => { command, args }.
 */
export async function startOurServer(
  env = {},
  { nodeArgs = [], inside = (command, args) => ({ command, args }) } = {},
) {
  const { command, args } = ourServer(nodeArgs);
  const folder = scratchFolder();
  const port = await freePort();
  const start = async () =>
    startServer({
      ...inside(command, args),
      folder,
      readyUrl: `http://127.0.0.1:${port}/health/ready`,
      env: {
        PORT: String(port),
        WEB_UI_PORT: String(await freePort()),
        DATABASE_URL: `sqlite:${join(folder, 'bench.db')}`,
        DATA_DIR: folder,
        ...env,
      },
    });
  const ours = {
    server: await start(),
    port,
    folder,
    restart: async () => {
      await ours.server.stop();
      ours.server = await start();
    },
    close: async () => {
      await ours.server.stop();
      removeFolder(folder);
    },
  };
  return ours;
}
