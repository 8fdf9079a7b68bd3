import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { slowestOfHundred, staysFast } from '../support/latency';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { startRawBackend, type RawBackend } from '../support/raw-backend';
import { makeScratch, type Scratch } from '../support/scratch';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { startServer, type TestServer } from '../support/server';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';
import { invite, startTeamServer } from '../support/team-server';
import { closeServer } from '../support/todo-api';

// Rows P of the table of bad input that are about many calls, slow databases and bad backends beside good mocks (F-17).

const ordinary = { request: { url: '/ordinary' }, response: { body: 'ordinary' } };
/** Its certificate is signed by nobody but itself. */
async function startUnknownTlsServer(): Promise<Server> {
  const scratch = await makeScratch();
  const { folder } = scratch;
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key'];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', 'crt', '-days', '2', '-subj', '/CN=nobody'], {
    cwd: folder,
    stdio: 'pipe',
  });
  const [cert, secret] = [readFileSync(join(folder, 'crt')), readFileSync(join(folder, 'key'))];
  await scratch.remove();
  const server = createTlsServer({ cert, key: secret }, (_incoming, outgoing) => outgoing.end('never read'));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const metric = async (server: TestServer, name: string): Promise<number> => {
  const { text } = await call(server.consoleUrl, 'GET /metrics');
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]);
};

describe('beside backends in trouble', () => {
  let backend: RawBackend;
  let server: ScratchServer;
  let alone: number;

  beforeAll(async () => {
    backend = await startRawBackend();
    server = await startScratchServer({
      BACKEND_URL: backend.url,
      PROXY_RESPONSE_TIMEOUT_MS: '500',
      LOG_LEVEL: 'error',
    });
    await breakAfter(0);
    await call(server.url, 'POST /__admin/mappings', { body: ordinary });
    await slowestOfHundred(server.url, 'GET /ordinary');
    alone = await slowestOfHundred(server.url, 'GET /ordinary');
  });
  afterAll(async () => {
    await server.remove();
    await backend.close();
  });

  const breakAfter = (failures: number): Promise<unknown> =>
    call(server.url, 'PATCH /__admin/workspaces/default', {
      body: { settings: { backend: { breakAfter: failures } } },
    });
  const bomb = brotliCompressSync(Buffer.alloc(20 * 1_024 * 1_024));
  const ok = 'HTTP/1.1 200 OK\r\n';
  it.each<[string, (socket: Socket) => void]>([
    ['stall', () => undefined],
    ['reset', socket => void socket.resetAndDestroy()],
    ['stop in their body', socket => void socket.write(`${ok}Content-Length: 99\r\n\r\npart`)],
    ['talk garbage', socket => void socket.end('garbage\r\n\r\n')],
    [
      'send thousands of early hints',
      socket => void socket.end('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(5_000)),
    ],
    [
      'send brotli bombs',
      socket =>
        void socket.write(
          Buffer.concat([Buffer.from(`${ok}Content-Encoding: br\r\nContent-Length: ${bomb.length}\r\n\r\n`), bomb]),
        ),
    ],
  ])('F-17: while backends %s mocks answer as fast as before', async (_what, answer) => {
    backend.answer = answer;
    const ask = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) await call(server.url, 'GET /bad', { timeoutMs: 8_000 }).catch(() => undefined);
    };
    const { during, limit } = await staysFast({ url: server.url, line: 'GET /ordinary', alone }, () =>
      Promise.all(Array.from({ length: 10 }, ask)),
    );
    expect(during).toBeLessThan(limit);
  });

  it('F-17: a backend that is costly to read, with 5,000 headers, is soon left alone by the breaker', async () => {
    await breakAfter(10);
    backend.answer = socket => void socket.end(`${ok}${'X-A: aaaaaaaa\r\n'.repeat(5_000)}\r\n`);
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) statuses.push((await call(server.url, 'GET /bad')).status);
    expect(statuses).toEqual([...Array<number>(10).fill(502), ...Array<number>(10).fill(503)]);
    await breakAfter(0);
  });

  it('F-17: while certificates are wrong mocks answer as fast as before', async () => {
    const backend = await startUnknownTlsServer();
    try {
      const proxyBaseUrl = `https://127.0.0.1:${(backend.address() as AddressInfo).port}`;
      await call(server.url, 'POST /__admin/mappings', {
        body: { request: { url: '/tls' }, response: { proxyBaseUrl } },
      });
      const ask = async (): Promise<void> => {
        for (let i = 0; i < 10; i++) expect([502, 503]).toContain((await call(server.url, 'GET /tls')).status);
      };
      const { during, limit } = await staysFast({ url: server.url, line: 'GET /ordinary', alone }, () =>
        Promise.all(Array.from({ length: 5 }, ask)),
      );
      expect(during).toBeLessThan(limit);
    } finally {
      await closeServer(backend);
    }
  });
});

describe('with a backend that is slow', () => {
  let backend: Server;
  let server: ScratchServer;
  let open = 0;
  let mostOpen = 0;

  beforeAll(async () => {
    backend = createServer((_incoming, outgoing) => void setTimeout(() => outgoing.end('late'), 300));
    backend.on('connection', (socket: Socket) => {
      mostOpen = Math.max(mostOpen, ++open);
      socket.on('close', () => open--);
    });
    await new Promise<void>(resolve => backend.listen({ port: 0, host: '127.0.0.1', backlog: 2_000 }, resolve));
    server = await startScratchServer({
      BACKEND_URL: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`,
      PROXY_MAX_CONNECTIONS: '100',
    });
    await call(server.url, 'POST /__admin/mappings', { body: ordinary });
  });
  afterAll(async () => {
    await server.remove();
    await closeServer(backend);
  });

  it('P-25: of 1,000 calls at once 100 are served at a time, some wait, the rest hear 503; mocks answer as fast as before', async () => {
    await slowestOfHundred(server.url, 'GET /ordinary');
    const alone = await slowestOfHundred(server.url, 'GET /ordinary');
    const statuses = new Map<number, number>();
    const { during, limit } = await staysFast({ url: server.url, line: 'GET /ordinary', alone }, async () => {
      statuses.clear();
      const calls = Array.from({ length: 1_000 }, async (_, i) => {
        const { status } = await call(server.url, `GET /slow/${i}`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      });
      await Promise.all(calls);
    });
    expect([...statuses.keys()].sort()).toEqual([200, 503]);
    expect(statuses.get(200)).toBeGreaterThanOrEqual(300);
    expect(mostOpen).toBeLessThanOrEqual(100);
    expect(during).toBeLessThan(limit);
    expect((await call(server.url, 'GET /slow/again')).status).toBe(200);
  });
});

describe('with a database that hangs', () => {
  let scratch: Scratch;
  let database: TestDatabase;
  let between: TcpProxy;
  let backend: Server;
  let server: TestServer;

  beforeAll(async () => {
    scratch = await makeScratch();
    database = await createTestDatabase();
    between = await startTcpProxy(database.url);
    backend = createServer((_incoming, outgoing) =>
      outgoing.setHeader('Content-Type', 'application/json').end('{"a":1}'),
    );
    await new Promise<void>(resolve => backend.listen(0, '127.0.0.1', resolve));
    server = await startServer({
      DATABASE_URL: between.url,
      DATA_DIR: scratch.folder,
      BACKEND_URL: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`,
    });
  });
  afterAll(async () => {
    await server.kill();
    await between.close();
    await closeServer(backend);
    await database.drop();
    await scratch.remove();
  });

  it('P-22: misses are recorded behind a bounded queue: clients do not wait, what has no room is counted, the rest is stored later', async () => {
    await call(server.url, 'PATCH /__admin/workspaces/default', {
      body: { settings: { recording: { onMiss: true } } },
    });
    const total = async (): Promise<number> =>
      (await call(server.url, 'GET /__admin/mappings?limit=1')).json.meta.total as number;
    await call(server.url, 'GET /first');
    await eventually(async () => (await total()) === 1);
    await slowestOfHundred(server.url, 'GET /first');
    const alone = await slowestOfHundred(server.url, 'GET /first');

    between.stall();
    const misses = async (from: number): Promise<void> => {
      for (let i = 0; i < 500; i++) expect((await call(server.url, `GET /miss/${from + i}`)).status).toBe(200);
    };
    let from = 0;
    const { during, limit } = await staysFast({ url: server.url, line: 'GET /first', alone }, () =>
      Promise.all(Array.from({ length: 4 }, () => misses((from += 1_000)))),
    );
    expect(during).toBeLessThan(limit);
    expect(await metric(server, 'recorder_misses_waiting')).toBe(1_000);
    expect(await metric(server, 'recorder_misses_dropped_total')).toBeGreaterThanOrEqual(900);

    await between.resume();
    await eventually(async () => (await metric(server, 'recorder_misses_waiting')) === 0, 30_000);
    await eventually(async () => (await total()) === 1_001, 30_000);
  }, 90_000);
});

describe('a recording', () => {
  it('P-22: of thousands of calls becomes mocks, and is compared with them, in pieces between which others are served', async () => {
    const backend = createServer((incoming, outgoing) => {
      const items = Array.from({ length: 10 }, (_, id) => ({
        id,
        title: `Item ${id}`,
        token: `t-${incoming.url}-${id}`,
      }));
      outgoing.setHeader('Content-Type', 'application/json').end(JSON.stringify({ url: incoming.url, items }));
    });
    await new Promise<void>(resolve => backend.listen(0, '127.0.0.1', resolve));
    const server = await startScratchServer({
      BACKEND_URL: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`,
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    /** The longest that the server did nothing else since it was asked last. */
    const longestMs = async (): Promise<number> => {
      const { text } = await call(server.consoleUrl, 'GET /metrics');
      return Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1]) * 1_000;
    };
    try {
      await call(server.url, 'POST /__admin/recordings/start', { body: {} });
      const record = async (_: unknown, worker: number): Promise<void> => {
        for (let i = 0; i < 500; i++) await call(server.url, `GET /things/${worker}/${i}`, { agent });
      };
      await Promise.all(Array.from({ length: 8 }, record));
      for (const [route, body] of [
        ['stop', undefined],
        ['snapshot', { onExisting: 'compare' }],
      ] as const) {
        await longestMs();
        const startedAt = performance.now();
        expect((await call(server.url, `POST /__admin/recordings/${route}`, { body, timeoutMs: 60_000 })).status).toBe(
          200,
        );
        expect(await longestMs()).toBeLessThan((performance.now() - startedAt) / 4);
      }
    } finally {
      agent.destroy();
      await server.remove();
      await closeServer(backend);
    }
  }, 120_000);

  it('P-23: is no affair of a viewer, and goes nowhere that is not allowed', async () => {
    const team = await startTeamServer('sqlite');
    try {
      const viewer = await invite(team, { email: 'viewer@example.test', role: 'viewer' });
      const editor = await invite(team, { email: 'editor@example.test', role: 'editor' });
      for (const route of ['recordings/start', 'recordings/stop', 'recordings/snapshot', 'drift', 'drift/apply'])
        expect((await viewer.as(`POST /${route}`, { targetBaseUrl: 'https://api.example.test' })).status).toBe(403);
      for (const targetBaseUrl of [
        'http://127.0.0.1:8080',
        'http://10.0.0.1',
        'http://[::1]',
        'http://169.254.169.254',
      ])
        for (const route of ['recordings/start', 'drift'])
          expect(await editor.as(`POST /${route}`, { targetBaseUrl })).toMatchObject({
            status: 502,
            json: { code: 'outbound-refused' },
          });
      expect((await editor.as('GET /recordings/status')).json).toEqual({ status: 'NeverStarted' });
    } finally {
      await team.stop();
    }
  });
});
