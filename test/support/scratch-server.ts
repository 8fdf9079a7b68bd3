import { join } from 'node:path';
import { makeScratch } from './scratch';
import { startServer, type ServerEnv, type TestServer } from './server';

/** A server on SQLite whose database and data stand in a folder of their own. */
export interface ScratchServer extends TestServer {
  readonly folder: string;
  /** Stops it, and takes the folder away. */
  remove(): Promise<void>;
}

export async function startScratchServer(env: ServerEnv = {}): Promise<ScratchServer> {
  const scratch = await makeScratch();
  const { folder } = scratch;
  const server = await startServer({
    DATABASE_URL: `sqlite:${join(folder, 'mock-server.db')}`,
    DATA_DIR: folder,
    ...env,
  }).catch(async (error: unknown) => {
    await scratch.remove();
    throw error;
  });
  return {
    ...server,
    folder,
    remove: async () => {
      await server.stop();
      await scratch.remove();
    },
  };
}
