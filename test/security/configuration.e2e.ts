import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { type Socket } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { createTestDatabase, onPostgres } from '../support/postgres';
import { openSocket, readReplies } from '../support/raw-http';
import { makeScratch, type Scratch } from '../support/scratch';
import { freePort, runServer, startServer, type ServerEnv, type TestServer } from '../support/server';

// Rows C of the table of bad input: configuration, environment, host.

const main = join(__dirname, '../../dist/server.js');
let scratch: Scratch;
let env: ServerEnv;

beforeEach(async () => {
  scratch = await makeScratch();
  env = {
    DATABASE_URL: `sqlite:${join(scratch.folder, 'mock-server.db')}`,
    DATA_DIR: join(scratch.folder, 'data'),
    LOG_LEVEL: 'error',
  };
});
afterEach(() => scratch.remove());

/** Runs a server that is meant not to start. */
async function failedStart(changes: ServerEnv): Promise<{ code: number | null; text: string; tookMs: number }> {
  const startedAt = performance.now();
  const ports = { PORT: String(await freePort()), WEB_UI_PORT: String(await freePort()) };
  const process = runServer({ ...env, ...ports, ...changes });
  const code = await process.exited;
  return { code, text: process.output(), tookMs: performance.now() - startedAt };
}

const saveMock = (server: TestServer, mapping: object): Promise<{ status: number }> =>
  call(server.url, 'POST /__admin/mappings', { body: mapping });

/** A request that has arrived for certain: the server asked for its body. */
async function startSlowCall(server: TestServer): Promise<{ readonly body: Promise<string> }> {
  const socket = await openSocket(server.port);
  let wire = '';
  socket.on('data', (data: Buffer) => (wire += data.toString()));
  const closed = new Promise(resolve => socket.once('close', resolve));
  socket.write(
    'POST /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n',
  );
  await eventually(() => wire.includes('100 Continue'));
  socket.write('x');
  return { body: closed.then(() => readReplies(wire)[0]?.body ?? 'no reply') };
}

describe('settings', () => {
  it.each<[string, ServerEnv]>([
    ['PORT that is a word', { PORT: 'abc' }],
    ['HOST that others reach without sign-in', { HOST: '0.0.0.0' }],
  ])('C-01: %s ends the start with its name', async (_, wrong) => {
    const { code, text, tookMs } = await failedStart(wrong);
    expect([code, text.includes(Object.keys(wrong)[0]!)]).toEqual([1, true]);
    expect(text).not.toMatch(/\n\s+at /);
    expect(tookMs).toBeLessThan(5_000);
  });

  it('C-01: many mistakes are named in one message, which tells no secret', async () => {
    const secrets = { DATABASE_URL: 'postgres://u:hunter2@:x:y/', REDIS_URL: 'http://:hunter3@h' };
    const wrong = {
      PORT: '70000',
      DATABASE_POOL_SIZE: '-1',
      WEB_UI_PORT: '1.5',
      LOG_LEVEL: 'x',
      MAX_BODY_BYTES: '-1',
      BACKEND_URL: 'ftp://u:hunter4@x',
      ...secrets,
    };
    const { code, text } = await failedStart(wrong);
    expect(code).toBe(1);
    for (const name of Object.keys(wrong)) expect(text).toContain(name);
    expect(text).not.toMatch(/hunter/);
  });

  it('C-02: a secret from a file is trimmed', async () => {
    const file = join(scratch.folder, 'url');
    await writeFile(file, `  ${env['DATABASE_URL']}\r\n\n`);
    const { DATABASE_URL: _, ...rest } = env;
    const server = await startServer({ ...rest, DATABASE_URL_FILE: file });
    await server.stop();
    expect(existsSync(join(scratch.folder, 'mock-server.db'))).toBe(true);
  });

  it.each<[string, (folder: string) => Promise<string>]>([
    ['is missing', async folder => join(folder, 'missing')],
    ['is a folder', async folder => folder],
  ])('C-02: a secret file that %s ends the start with a clear sentence', async (_, make) => {
    const file = await make(scratch.folder);
    const { code, text } = await failedStart({ DATABASE_URL: '', DATABASE_URL_FILE: file });
    expect([code, text.trim().split('\n').length <= 3]).toEqual([1, true]);
    expect(text).toContain('DATABASE_URL_FILE');
  });

  it('C-04: without NODE_ENV the server listens on loopback only, and an error tells no stack', async () => {
    const server = await startServer(env);
    const addresses = readFileSync(`/proc/${server.pid}/net/tcp`, 'utf8')
      .split('\n')
      .filter(
        line => / 0A /.test(line) && line.includes(`:${server.port.toString(16).toUpperCase().padStart(4, '0')} `),
      )
      .map(line => /^\s*\d+: ([0-9A-F]+):/.exec(line)?.[1]);
    const refused = await call(server.url, 'POST /__admin/mappings', { body: '{"a":' });
    await server.stop();
    expect(addresses).toEqual(['0100007F']);
    expect(refused.text).not.toMatch(/node_modules|\.js:|\bat /);
  });

  it('C-05: forwarded headers change neither the client nor host, scheme and port', async () => {
    const server = await startServer(env);
    const mine = {
      clientIp: { equalTo: '127.0.0.1' },
      host: { equalTo: '127.0.0.1' },
      scheme: 'http',
      port: server.port,
    };
    await saveMock(server, { request: { url: '/c05', ...mine }, response: { body: 'as it is' } });
    const headers = {
      'X-Forwarded-For': '10.0.0.1',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Port': '443',
      'X-Real-IP': '10.0.0.1',
      Forwarded: 'for=10.0.0.1;host=evil.example;proto=https',
    };
    const reply = await call(server.url, 'GET /c05', { headers });
    const { json } = await call(server.url, 'GET /__admin/requests');
    const docs = await call(server.url, 'GET /__admin/docs-json', { headers });
    await server.stop();
    expect(reply.text).toBe('as it is');
    expect(json.requests[0].request.clientIp).toBe('127.0.0.1');
    expect(json.requests[0].request.absoluteUrl).toBe(`http://127.0.0.1:${server.port}/c05`);
    expect(docs.text).not.toContain('evil.example');
  });
});

describe('the machine', () => {
  it('C-08: with 128 files and 500 connections the server stays, and accepts again when some end', async () => {
    const ports = { PORT: String(await freePort()), WEB_UI_PORT: String(await freePort()) };
    const child = spawn('bash', ['-c', `ulimit -n 128; exec "${process.execPath}" "${main}"`], {
      env: { PATH: process.env['PATH'], ...env, ...ports },
      stdio: 'ignore',
    });
    const url = `http://127.0.0.1:${ports.PORT}`;
    const isReady = async (): Promise<boolean> =>
      call(url, 'GET /health/ready', { timeoutMs: 1_000 }).then(
        ({ status }) => status === 200,
        () => false,
      );
    const sockets: Socket[] = [];
    try {
      await eventually(isReady);
      for (let i = 0; i < 500; i++) sockets.push(await openSocket(Number(ports.PORT)));
      sockets.forEach(socket => socket.write('GET /c08 HTTP/1.1\r\nHost: a\r\n\r\n'));
      const one = new Promise(resolve => sockets[0]!.once('data', resolve));
      await one;
      sockets.forEach(socket => socket.destroy());
      await eventually(isReady, 5_000);
      expect(child.exitCode).toBeNull();
    } finally {
      sockets.forEach(socket => socket.destroy());
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
  });

  it('C-11: a database file that is no database is refused and left as it was', async () => {
    const file = join(scratch.folder, 'mock-server.db');
    await writeFile(file, 'these are somebody else’s notes');
    const { code, text } = await failedStart({});
    expect(code).toBe(1);
    expect(text).toContain(file);
    expect(text).not.toMatch(/\n\s+at /);
    expect(readFileSync(file, 'utf8')).toBe('these are somebody else’s notes');
  });

  it('C-11: a database that another server has is refused, and that one goes on', async () => {
    const first = await startServer(env);
    const { code, text } = await failedStart({});
    const saved = await saveMock(first, { request: { url: '/c11' }, response: {} });
    await first.stop();
    expect([code, saved.status]).toEqual([1, 201]);
    expect(text).not.toMatch(/\n\s+at /);
  });

  it('C-11: a database that may only be read is refused with a sentence', async () => {
    await (await startServer(env)).stop();
    const file = join(scratch.folder, 'mock-server.db');
    chmodSync(file, 0o444);
    const isRoot = process.getuid?.() === 0;
    const nobody = 65_534;
    if (isRoot) for (const path of [scratch.folder, env['DATA_DIR']!]) chownSync(path, nobody, nobody);
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env['PATH'], ...env, PORT: String(await freePort()), WEB_UI_PORT: String(await freePort()) },
      ...(isRoot ? { uid: nobody, gid: nobody } : {}),
    });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const code = await new Promise(resolve => child.once('exit', resolve));
    expect(code).toBe(1);
    expect(text).toContain('mock-server.db');
    expect(text).not.toMatch(/\n\s+at /);
  });
});

describe('ends', () => {
  it.each([150, 450, 900])(
    'C-13: SIGTERM %i ms after the start leaves a database that the next start uses',
    async afterMs => {
      const database = await createTestDatabase();
      const ports = { PORT: String(await freePort()), WEB_UI_PORT: String(await freePort()) };
      const first = runServer({ ...env, ...ports, DATABASE_URL: database.url });
      await new Promise(resolve => setTimeout(resolve, afterMs));
      first.child.kill('SIGTERM');
      await first.exited;
      const second = await startServer({ ...env, DATABASE_URL: database.url });
      const saved = await saveMock(second, { request: { url: '/c13' }, response: {} });
      const code = await second.stop();
      const locks = await onPostgres(database.url, client =>
        client.query(
          "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        ),
      );
      await database.drop();
      expect([saved.status, code, locks.rowCount]).toEqual([201, 0, 0]);
    },
  );

  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT', 'SIGHUP'])(
    'C-13: %s lets what is in flight finish, then the server ends with 0',
    async signal => {
      const server = await startServer(env);
      await saveMock(server, { request: { url: '/slow' }, response: { body: 'whole', fixedDelayMilliseconds: 500 } });
      const inFlight = await startSlowCall(server);
      const code = await server.stop(signal);
      expect([await inFlight.body, code]).toEqual(['whole', 0]);
    },
  );

  it('C-13: a second SIGTERM ends it at once', async () => {
    const server = await startServer({ ...env, SHUTDOWN_DELAY_MS: '60000' });
    process.kill(server.pid, 'SIGTERM');
    await eventually(async () => (await call(server.url, 'GET /health/ready')).status === 503);
    const startedAt = performance.now();
    expect(await server.stop()).toBe(130);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it.each(['unhandledRejection', 'uncaughtException'])(
    'C-14: an %s is logged, and the server ends with 1 in under 10 s',
    async kind => {
      const preload = join(scratch.folder, 'inject.cjs');
      await mkdir(scratch.folder, { recursive: true });
      await writeFile(
        preload,
        "process.on('SIGUSR2', () => setTimeout(() => { throw new Error('injected'); }));\n".replace(
          "throw new Error('injected')",
          kind === 'uncaughtException' ? "throw new Error('injected')" : "void Promise.reject(new Error('injected'))",
        ),
      );
      const server = await startServer({ ...env, NODE_OPTIONS: `--require ${preload}` });
      await saveMock(server, { request: { url: '/slow' }, response: { body: 'whole', fixedDelayMilliseconds: 500 } });
      const inFlight = await startSlowCall(server);
      const startedAt = performance.now();
      process.kill(server.pid, 'SIGUSR2');
      const code = await server.exited;
      expect([code, await inFlight.body]).toEqual([1, 'whole']);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      expect(server.output()).toMatch(new RegExp(`"level":"error".*${kind}: injected`));
    },
  );
});
