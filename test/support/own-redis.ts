import { spawn, type ChildProcess } from 'node:child_process';
import { Redis } from 'ioredis';
import { eventually } from './eventually';
import { makeScratch } from './scratch';
import { freePort } from './server';

/** A Redis of the test's own, which it may stop, freeze and fill. */
export interface OwnRedis {
  readonly url: string;
  run(...command: [string, ...string[]]): Promise<unknown>;
  kill(): Promise<void>;
  /** With nothing in it, at the same address. */
  start(): Promise<void>;
  /** Answers nothing and keeps its connections, until it is thawed. */
  freeze(): void;
  thaw(): void;
  remove(): Promise<void>;
}

export async function startOwnRedis(): Promise<OwnRedis> {
  const [port, scratch] = await Promise.all([freePort(), makeScratch()]);
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const run: OwnRedis['run'] = async (name, ...values) => {
    const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.call(name, ...values);
    } finally {
      client.disconnect();
    }
  };
  const start = async (): Promise<void> => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', scratch.folder];
    child = spawn('redis-server', args, { stdio: 'ignore' });
    await eventually(() =>
      run('PING').then(
        () => true,
        () => false,
      ),
    );
  };
  const kill = async (): Promise<void> => {
    const ended = new Promise(resolve => child?.once('exit', resolve));
    if (child?.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    url,
    run,
    kill,
    start,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    remove: async () => {
      await kill();
      await scratch.remove();
    },
  };
}
