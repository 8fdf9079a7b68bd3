import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { request as secureRequest } from 'node:https';
import { join } from 'node:path';
import { connect as secureConnect } from 'node:tls';
import { promisify } from 'node:util';
import { sendSteadily } from '../support/balancer';
import { eventually } from '../support/eventually';
import { figure, sized } from '../support/faults';
import { call } from '../support/http-call';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { createTestRedis, type TestRedis } from '../support/redis';
import { makeScratch, type Scratch } from '../support/scratch';
import { freePort, startServer, type ServerEnv, type TestServer } from '../support/server';

const root = join(__dirname, '../..');
const run = promisify(execFile);
const names = ['http', 'https', 'mock', 'console', 'health'] as const;
let scratch: Scratch;
let database: TestDatabase;
let redis: TestRedis;
let ports: Record<(typeof names)[number], number>;
const replicas: TestServer[] = [];
let envs: ServerEnv[];
let echo: Server;
let nginx: ChildProcess;

/** docker/nginx as it is, but for the three files that differ between machines. */
beforeAll(async () => {
  [scratch, database, redis] = await Promise.all([makeScratch(), createTestDatabase(), createTestRedis()]);
  const folder = join(scratch.folder, 'nginx');
  cpSync(join(root, 'docker/nginx'), folder, { recursive: true });
  mkdirSync(join(folder, 'certs'));
  const certificate = ['-keyout', join(folder, 'certs/tls.key'), '-out', join(folder, 'certs/tls.crt')];
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=mock.example.test',
    ...certificate,
  ]);

  envs = await Promise.all(
    ['a', 'b', 'c'].map(async name => ({
      PORT: String(await freePort()),
      WEB_UI_PORT: String(await freePort()),
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      DATA_DIR: join(scratch.folder, name),
      WORKSPACE_DOMAIN: 'mock.example.test',
      SHUTDOWN_DELAY_MS: '1000',
    })),
  );
  for (const env of envs) replicas.push(await startServer(env));
  const { url } = replicas[0]!;
  await call(url, 'POST /__admin/workspaces', { body: { slug: 'team-a', name: 'Team A' } });
  await call(url, 'POST /__admin/mappings', { body: { request: { urlPath: '/who' }, response: { body: 'default' } } });
  await call(url, 'POST /__w/team-a/__admin/mappings', {
    body: { request: { urlPath: '/who' }, response: { body: 'team-a' } },
  });
  for (const replica of replicas)
    await eventually(async () => (await call(replica.url, 'GET /__w/team-a/who')).text === 'team-a');
  echo = await startEcho();

  const found = await Promise.all(names.map(async name => [name, await freePort()] as const));
  ports = Object.fromEntries(found) as typeof ports;
  for (const name of names)
    writeFileSync(
      join(folder, `listen/${name}.conf`),
      `listen 127.0.0.1:${ports[name]}${name === 'https' ? ' ssl' : ''};\n`,
    );
  const servers = envs.map(({ PORT }) => `server 127.0.0.1:${PORT} max_fails=0;`).join(' ');
  const echoPort = (echo.address() as AddressInfo).port;
  writeFileSync(
    join(folder, 'upstreams.conf'),
    `upstream mock_traffic { ${servers} keepalive 64; keepalive_timeout 60s; }
upstream mock_console { server 127.0.0.1:${echoPort} max_fails=0; keepalive 16; }
`,
  );
  const config = join(folder, 'nginx.conf');
  checkConfiguration(folder, config);
  nginx = spawn('nginx', ['-p', folder, '-c', config, '-g', 'daemon off;'], {
    stdio: ['ignore', 'ignore', openSync(join(scratch.folder, 'nginx.log'), 'w')],
  });
  await eventually(
    async () =>
      (await call(`http://127.0.0.1:${ports.health}`, 'GET /nginx-health').catch(() => undefined))?.status === 204,
  );
}, 60_000);
afterAll(async () => {
  nginx?.kill('SIGTERM');
  echo?.closeAllConnections();
  echo?.close();
  await Promise.all(replicas.map(replica => replica.kill()));
  await Promise.all([database.drop(), redis.drop(), scratch.remove()]);
});

/** Its output goes to a file: nginx opens /dev/stderr anew, which a pipe of Node, that is a socket, does not allow. */
function checkConfiguration(folder: string, config: string): void {
  const output = join(scratch.folder, 'nginx-t.log');
  const file = openSync(output, 'w');
  const { status } = spawnSync('nginx', ['-t', '-p', folder, '-c', config], { stdio: ['ignore', file, file] });
  closeSync(file);
  if (status !== 0) throw new Error(readFileSync(output, 'utf8'));
}

/** Stands in for the console: echoes what it gets, upgrades to whatever is asked for, and sends events. */
async function startEcho(): Promise<Server> {
  const server = createServer((incoming, reply) => {
    if (incoming.url?.endsWith('/events') === true) {
      reply.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: first\n\n');
      return;
    }
    reply.end(JSON.stringify(incoming.headers));
  });
  server.on('upgrade', (incoming, socket) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${incoming.headers.upgrade}\r\nConnection: Upgrade\r\n\r\n`,
    );
    socket.on('data', chunk => socket.write(chunk));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}

interface SecureReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function secure(host: string, path: string): Promise<SecureReply> {
  return new Promise((resolve, reject) => {
    const options = {
      port: ports.https,
      host: '127.0.0.1',
      servername: host,
      path,
      headers: { host },
      rejectUnauthorized: false,
      agent: false,
    };
    secureRequest(options, incoming => {
      let text = '';
      incoming.on('data', (chunk: Buffer) => (text += String(chunk)));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }));
    })
      .on('error', reject)
      .end();
  });
}

describe('nginx in front', () => {
  it('sends HTTP to HTTPS, method and all', async () => {
    const answer = await call(`http://127.0.0.1:${ports.http}`, 'POST /a?b=c', {
      headers: { host: 'mock.example.test' },
    });
    expect([answer.status, answer.headers.location]).toEqual([308, 'https://mock.example.test/a?b=c']);
  });

  it('tells the hosts of mocks, of workspaces and of the console apart', async () => {
    expect(await secure('mock.example.test', '/who')).toMatchObject({ status: 200, text: 'default' });
    expect(await secure('team-a.mock.example.test', '/who')).toMatchObject({ status: 200, text: 'team-a' });
    const seen = await secure('ui.example.test', '/x');
    expect(JSON.parse(seen.text)).toMatchObject({
      host: 'ui.example.test',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '127.0.0.1',
    });
    expect(seen.headers['strict-transport-security']).toBe('max-age=31536000');
    expect(seen.headers['x-xss-protection']).toBeUndefined();
    expect((await secure('ui.example.test', '/metrics')).status).toBe(404);
  });

  it('believes no X-Forwarded-For of a client', async () => {
    const { text } = await call(`http://127.0.0.1:${ports.console}`, 'GET /', {
      headers: { 'x-forwarded-for': '6.6.6.6' },
    });
    expect(JSON.parse(text)).toMatchObject({ 'x-forwarded-for': '127.0.0.1' });
  });

  it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    const attempt = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
      new Promise<string>(resolve => {
        const socket = secureConnect(
          {
            port: ports.https,
            host: '127.0.0.1',
            minVersion: version,
            maxVersion: version,
            rejectUnauthorized: false,
            ciphers: 'DEFAULT@SECLEVEL=0',
          },
          () => {
            resolve(socket.getProtocol() ?? '');
            socket.destroy();
          },
        );
        socket.on('error', () => resolve('refused'));
      });
    expect([await attempt('TLSv1.1'), await attempt('TLSv1.2'), await attempt('TLSv1.3')]).toEqual([
      'refused',
      'TLSv1.2',
      'TLSv1.3',
    ]);
  });

  it('passes WebSockets on, both ways', async () => {
    const socket = connect(ports.console, '127.0.0.1');
    let text = '';
    socket.on('data', chunk => (text += String(chunk)));
    socket.write('GET /ws HTTP/1.1\r\nHost: ui.example.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await eventually(() => text.includes('101 Switching Protocols'));
    socket.write('ping through nginx');
    await eventually(() => text.endsWith('ping through nginx'));
    socket.destroy();
  });

  it('passes an event on when it is sent, not when the stream ends', async () => {
    const answer = await fetch(`http://127.0.0.1:${ports.console}/__admin/events`);
    const { value } = await answer.body!.getReader().read();
    expect(Buffer.from(value!).toString()).toBe('data: first\n\n');
  });
});

it('no request fails, POST included, while three replicas are restarted one after the other under load', async () => {
  const [rolls, requests] = [sized('FAULT_ROLLS', 2), sized('FAULT_ROLL_REQUESTS', 1_000)];
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const base = `http://127.0.0.1:${ports.mock}`;
  const load = sendSteadily(
    500,
    async number =>
      number % 2 === 0 ? call(base, 'GET /who', { agent }) : call(base, 'POST /who', { agent, body: 'x'.repeat(500) }),
    ({ status, text }) => status === 200 && text === 'default',
  );
  let rolled = 0;
  for (; rolled < rolls || load.sent < requests; rolled++) {
    for (const [n, env] of envs.entries()) {
      expect(await replicas[n]!.stop()).toBe(0);
      replicas[n] = await startServer(env);
    }
  }
  const { sent, wrong, failed } = await load.stop();
  agent.destroy();
  const lost = readFileSync(join(scratch.folder, 'nginx.log'), 'utf8')
    .split('\n')
    .filter(line => /recv\(\)|prematurely/.test(line));
  const some = [wrong, failed, lost].map(all => all.slice(0, 5));
  expect(some).toEqual([[], [], []]);
  figure('F-14', `${sent} requests through nginx, half of them POST, ${rolled} rolls of ${envs.length}: none failed`);
}, 900_000);
