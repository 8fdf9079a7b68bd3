import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

const thisBuild = join(__dirname, '../../dist/server.js');

/** The built server as a process of its own: what users run. Start it with {@link startServer}. */
export interface TestServer {
  /** Base URL of the traffic port, without trailing slash. */
  readonly url: string;
  readonly consoleUrl: string;
  readonly port: number;
  readonly pid: number;
  /** What it printed so far, both streams. */
  output(): string;
  /** Asks it to stop and waits; gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** The exit code, once it ends by itself. */
  readonly exited: Promise<number | null>;
}

export type ServerEnv = Readonly<Record<string, string>>;

/** Starts the server on free loopback ports and waits until it is ready (`until: 'listening'`: until it prints where it listens). */
export async function startServer(
  env: ServerEnv,
  { until = 'ready', main = thisBuild }: { readonly until?: 'ready' | 'listening'; readonly main?: string } = {},
): Promise<TestServer> {
  const port = env['PORT'] === undefined ? await freePort() : Number(env['PORT']);
  const webUiPort = await freePort();
  const process = runServer({ PORT: String(port), WEB_UI_PORT: String(webUiPort), ...env }, main);
  const url = `http://127.0.0.1:${port}`;
  const server: TestServer = {
    url,
    consoleUrl: `http://127.0.0.1:${env['WEB_UI_PORT'] ?? webUiPort}`,
    port,
    pid: process.child.pid ?? 0,
    output: () => process.output(),
    exited: process.exited,
    stop: async (signal = 'SIGTERM') => {
      process.child.kill(signal);
      return process.exited;
    },
    kill: async () => {
      process.child.kill('SIGKILL');
      await process.exited;
    },
  };
  await waitFor(server, until);
  return server;
}

/** Runs the server without waiting for anything: for starts that are meant to fail. */
export function runServer(
  env: ServerEnv,
  main = thisBuild,
): {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  output(): string;
} {
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exited = new Promise<number | null>(resolve => child.once('exit', code => resolve(code)));
  return { child, exited, output: () => text };
}

/** Ports given lately: the system may give one again as soon as it is free, and a server wants two that differ. */
const given: number[] = [];
const remembered = 20;

/** A port on loopback that nobody listens on, and that was not given lately. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  if (given.includes(port)) return freePort();
  given.push(port);
  if (given.length > remembered) given.shift();
  return port;
}

async function waitFor(server: TestServer, until: 'ready' | 'listening'): Promise<void> {
  let exitCode: number | null | undefined;
  void server.exited.then(code => (exitCode = code));
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    if (exitCode !== undefined) throw new Error(`The server ended with ${exitCode}:\n${server.output()}`);
    if (until === 'listening' && server.output().includes('is listening')) return;
    if (until === 'ready') {
      const answer = await fetch(`${server.consoleUrl}/health/ready`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.ok === true) return;
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  await server.kill();
  throw new Error(`The server was not ${until} in 20 s:\n${server.output()}`);
}
