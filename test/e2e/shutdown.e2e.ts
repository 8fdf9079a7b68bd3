import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { makeScratch, type Scratch } from '../support/scratch';
import { freePort, startServer, type ServerEnv, type TestServer } from '../support/server';

const main = join(__dirname, '../../dist/server.js');
let scratch: Scratch;
let env: ServerEnv;

beforeEach(async () => {
  scratch = await makeScratch();
  env = { DATABASE_URL: `sqlite:${join(scratch.folder, 'mock-server.db')}`, DATA_DIR: scratch.folder };
});
afterEach(() => scratch.remove());

const makeMock = (url: string, path: string, response: object) =>
  call(url, 'POST /__admin/mappings', { body: { request: { url: path }, response } });

/** Requests are taken up in the order in which they come: once later ones are answered, those sent before are under way. */
async function haveArrived(server: TestServer): Promise<void> {
  for (let n = 0; n < 2; n++) await call(server.url, 'GET /health/live');
}

async function withServer(more: ServerEnv, work: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await startServer({ ...env, ...more });
  try {
    await work(server);
  } finally {
    await server.kill();
  }
}

describe('SIGTERM', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'as %s lets replies that are under way finish, refuses new connections, and ends with exit code 0',
    signal =>
      withServer({}, async server => {
        await makeMock(server.url, '/slow', { body: 'finished', fixedDelayMilliseconds: 1_200 });
        const replies = Array.from({ length: 3 }, () => call(server.url, 'GET /slow'));
        await haveArrived(server);
        const stopped = server.stop(signal);
        const answers = await Promise.all(replies);
        const exitCode = await stopped;
        expect(answers.map(({ status, text }) => [status, text])).toEqual(Array(3).fill([200, 'finished']));
        expect(exitCode).toBe(0);
        await expect(call(server.url, 'GET /slow')).rejects.toThrow('ECONNREFUSED');
      }),
  );

  it('ends at once when nothing is under way, though clients keep idle connections open', () =>
    withServer({}, async server => {
      const agent = new Agent({ keepAlive: true });
      await makeMock(server.url, '/a', { body: 'a' });
      await Promise.all([call(server.url, 'GET /a', { agent }), call(server.consoleUrl, 'GET /health', { agent })]);
      const begin = performance.now();
      expect(await server.stop()).toBe(0);
      expect(performance.now() - begin).toBeLessThan(1_000);
      agent.destroy();
    }));

  it('sent twice ends the process at once, whatever is under way', () =>
    withServer({}, async server => {
      await makeMock(server.url, '/slow', { fixedDelayMilliseconds: 10_000 });
      const reply = call(server.url, 'GET /slow').catch(String);
      await haveArrived(server);
      process.kill(server.pid, 'SIGTERM');
      await eventually(() => server.output().includes('Stopping'));
      const begin = performance.now();
      expect(await server.stop()).toBe(130);
      expect(performance.now() - begin).toBeLessThan(1_000);
      expect(await reply).toMatch('socket hang up');
    }));

  it('lets an import that is under way be finished or refused as a whole, never half', async () => {
    const mappings = Array.from({ length: 3_000 }, (_, n) => ({ request: { url: `/${n}` }, response: { body: 'x' } }));
    await withServer({}, async server => {
      const importing = call(server.url, 'POST /__admin/mappings/import', { body: { mappings } }).catch(
        () => undefined,
      );
      await haveArrived(server);
      expect(await server.stop()).toBe(0);
      const status = (await importing)?.status;
      await withServer({}, async again => {
        const { json } = await call(again.url, 'GET /__admin/mappings?limit=1');
        if (status === 200) expect(json.meta.total).toBe(3_000);
        else expect([0, 3_000]).toContain(json.meta.total);
      });
    });
  });
});

describe('with SHUTDOWN_DELAY_MS', () => {
  it('the server is not ready, answers on with Connection: close, and then ends', () =>
    withServer({ SHUTDOWN_DELAY_MS: '3000' }, async server => {
      const agent = new Agent({ keepAlive: true });
      await makeMock(server.url, '/a', { body: 'a' });
      const before = await call(server.url, 'GET /a', { agent });
      const begin = performance.now();
      const stopped = server.stop();
      await eventually(async () => (await call(server.consoleUrl, 'GET /health/ready')).status === 503);
      const during = [await call(server.url, 'GET /a', { agent }), await call(server.url, 'GET /a', { agent })];
      const readyOnTraffic = await call(server.url, 'GET /health/ready', { agent });
      const live = await call(server.consoleUrl, 'GET /health/live');
      const tookMs = performance.now() - begin;
      expect(before.headers.connection).toBe('keep-alive');
      for (const answer of during) expect(answer).toMatchObject({ status: 200, headers: { connection: 'close' } });
      expect(readyOnTraffic).toMatchObject({ status: 503, headers: { connection: 'close' } });
      expect(live.status).toBe(200);
      expect(tookMs).toBeLessThan(2_000); // later, connections are left alone before listening ends
      expect(await stopped).toBe(0);
      const endedAfterMs = performance.now() - begin;
      expect(endedAfterMs).toBeGreaterThan(2_450); // nobody is connected in the last half second
      expect(endedAfterMs).toBeLessThan(4_000);
      agent.destroy();
    }));
});

describe('as PID 1, as in a container', () => {
  const drainMs = 500;
  let unshare: ChildProcess;
  let output = '';
  let port: number;

  beforeEach(async () => {
    if (process.getuid?.() !== 0)
      throw new Error(
        'To be PID 1 needs a PID namespace of its own, and that needs root: run this test as root, as CI does.',
      );
    port = await freePort();
    output = '';
    unshare = spawn('unshare', ['-pf', '--mount-proc', '--kill-child', process.execPath, main], {
      env: {
        PATH: process.env['PATH'],
        ...env,
        PORT: String(port),
        WEB_UI_PORT: '0',
        SHUTDOWN_DELAY_MS: String(drainMs),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [unshare.stdout, unshare.stderr])
      stream?.on('data', (chunk: Buffer) => (output += String(chunk)));
    await eventually(() => output.includes('is listening'));
  });
  afterEach(() => void unshare.kill('SIGKILL'));

  /** The server itself, as seen from outside its namespace: the one child of unshare. */
  const serverPid = (): number =>
    Number(readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8').trim());

  it('SIGTERM ends it within its drain time and a second, with exit code 0', async () => {
    const pid = serverPid();
    const innerPid = /^NSpid:.*\s(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const exited = new Promise<number | null>(resolve => unshare.once('exit', code => resolve(code)));
    const begin = performance.now();
    process.kill(pid, 'SIGTERM');
    const exitCode = await exited;
    expect(innerPid).toBe('1');
    expect(exitCode).toBe(0);
    expect(performance.now() - begin).toBeLessThan(drainMs + 1_000);
  });
});
