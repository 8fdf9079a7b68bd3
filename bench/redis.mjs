// A Redis of the bench's own, that keeps nothing on disk.
import { spawn } from 'node:child_process';
import { Redis } from 'ioredis';
import { freePort } from './servers.mjs';

/** Resolves to { url, stop } when it answers. */
export async function startRedis(folder) {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
    stdio: 'ignore',
  });
  const failed = new Promise((_, reject) => child.once('error', reject));
  const client = new Redis(url, { maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  await Promise.race([client.ping(), failed]).finally(() => client.disconnect());
  return {
    url,
    stop: () =>
      new Promise(resolve => {
        child.once('exit', resolve);
        child.kill();
      }),
  };
}
