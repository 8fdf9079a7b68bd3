import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { WebSocket } from 'undici';
import { openSocket, sendRaw } from '../support/raw-http';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { acceptUpgrade, echoFrames } from '../support/websocket-backend';

const flood = 64 * 1_024 * 1_024;
const chunk = randomBytes(65_536);
const sockets = new Set<Socket>();

/** A real backend: echoes WebSocket messages, floods, sends events, and refuses. */
function startBackend(): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.url !== '/events') return void outgoing.writeHead(404).end('nothing here');
    outgoing.writeHead(200, { 'Content-Type': 'text/event-stream' });
    let sent = 0;
    const send = (): void => {
      while (sent++ < flood / chunk.length) {
        if (!outgoing.write(`data: ${chunk.toString('base64')}\n\n`)) return void outgoing.once('drain', send);
      }
      outgoing.end();
    };
    send();
  });
  server.on(
    'connection',
    (socket: Socket) => void sockets.add(socket).forEach(one => one.destroyed && sockets.delete(one)),
  );
  server.on('upgrade', (incoming, socket: Socket, head) => {
    socket.on('error', () => socket.destroy());
    if (incoming.url === '/refused')
      return void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nX-Why: no\r\n\r\nno');
    acceptUpgrade(incoming, socket);
    if (incoming.url === '/flood') return floodInto(socket);
    if (incoming.url === '/bytes') return void socket.pipe(socket);
    let pending: Buffer = head;
    socket.on('data', (data: Buffer) => {
      pending = echoFrames(socket, Buffer.concat([pending, data]));
    });
  });
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)));
}

let flooded = 0;
function floodInto(socket: Socket): void {
  flooded = 0;
  const write = (): void => {
    while (flooded < flood && !socket.destroyed) {
      flooded += chunk.length;
      if (!socket.write(chunk)) return void socket.once('drain', write);
    }
    socket.end();
  };
  write();
}

describe('a WebSocket that no mock answers', () => {
  let backend: Server;
  let server: ScratchServer;

  beforeAll(async () => {
    backend = await startBackend();
    server = await startScratchServer({
      BACKEND_URL: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`,
    });
  });
  afterAll(async () => {
    await server.remove();
    for (const socket of sockets) socket.destroy();
    await new Promise(resolve => backend.close(resolve));
  });

  const gauge = async (name: string): Promise<number> => {
    const text = await (await fetch(`${server.consoleUrl}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  };

  const upgradeTo = async (path: string): Promise<Socket> => {
    const socket = await openSocket(server.port);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`); // prettier-ignore
    return socket;
  };

  it('reaches the backend, and messages of all sizes come back', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/chat?room=1`);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    const echo = (text: string): Promise<string> =>
      new Promise(resolve => {
        socket.addEventListener('message', ({ data }) => resolve(String(data)), { once: true });
        socket.send(text);
      });
    for (const length of [1, 125, 126, 70_000]) expect((await echo('x'.repeat(length))).length).toBe(length);
    socket.close();
  });

  it('is in the journal with the 101 of the backend', async () => {
    const { requests } = (await (await fetch(`${server.url}/__admin/requests?view=full`)).json()) as {
      requests: { request: { url: string }; source: string; response: { status: number } }[];
    };
    expect(requests.find(({ request }) => request.url === '/chat?room=1')).toMatchObject({
      source: 'proxy',
      response: { status: 101 },
    });
  });

  it('gets the answer of a backend that refuses, and a problem from one that is not there', async () => {
    const ask = (path: string): Promise<string> =>
      sendRaw(server.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    expect(await ask('/refused')).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[^]*X-Why: no\r\n[^]*\r\n\r\nno$/);
    await fetch(`${server.url}/__admin/workspaces`, {
      method: 'POST',
      body: JSON.stringify({ slug: 'dead', name: 'Dead', backendUrl: 'http://127.0.0.1:9' }),
    });
    expect(await ask('/__w/dead/x')).toMatch(
      /^HTTP\/1\.1 502 [^]*"code":"outbound-refused"|"code":"backend-unreachable"/,
    );
  });

  it('that reads slowly slows the backend, and memory stays flat', async () => {
    const before = await gauge('process_resident_memory_bytes');
    const socket = await upgradeTo('/flood');
    socket.once('data', () => socket.pause());
    let last = -1;
    while (flooded === 0 || flooded !== last) {
      last = flooded;
      await gauge('websockets'); // time passes: the server has turned, and so have we
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    expect(flooded).toBeLessThan(flood / 2);
    expect(await gauge('process_resident_memory_bytes')).toBeLessThan(before + 50_000_000);
    let received = 0;
    socket.on('data', (data: Buffer) => (received += data.length)).resume();
    await new Promise(resolve => socket.once('end', resolve));
    expect(received).toBeGreaterThan(flood - chunk.length);
    socket.destroy();
  });

  it('is served like any other request when a mock answers it, or when it asks for h2c as Java does', async () => {
    await fetch(`${server.url}/__admin/mappings`, {
      method: 'POST',
      body: JSON.stringify({ request: { url: '/mocked' }, response: { body: 'from a mock' } }),
    });
    const java = 'Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMA\r\nUpgrade: h2c\r\n';
    const client = await openSocket(server.port);
    for (const request of [
      `GET /mocked HTTP/1.1\r\n${java}\r\n`,
      `POST /mocked HTTP/1.1\r\n${java}Content-Length: 5\r\n\r\nhello`,
    ]) {
      for (let i = 0; i < 15; i++) {
        client.write(request);
        const [answer] = (await once(client, 'data')) as [Buffer];
        expect(String(answer)).toMatch(/^HTTP\/1\.1 200 OK[^]*from a mock$/);
      }
    }
    client.destroy();
    const wanted = await sendRaw(
      server.port,
      'GET /mocked HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    expect(wanted).toMatch(/^HTTP\/1\.1 200 OK[^]*from a mock$/);
    expect((await fetch(`${server.url}/__admin/health`)).status).toBe(200);
  });

  it('server-sent events pass through to a slow reader, memory flat', async () => {
    const before = await gauge('process_resident_memory_bytes');
    const response = await fetch(`${server.url}/events`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let received = 0;
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) received += part.length;
    expect(received).toBeGreaterThan(flood);
    expect(await gauge('process_resident_memory_bytes')).toBeLessThan(before + 50_000_000);
  });

  it('ends when the server goes down, and does not keep it', async () => {
    const socket = await upgradeTo('/bytes');
    await new Promise(resolve => socket.once('data', resolve));
    const closed = new Promise(resolve => socket.once('close', resolve));
    const startedAt = Date.now();
    expect(await server.stop()).toBe(0);
    await closed;
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });
});
