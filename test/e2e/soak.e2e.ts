import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'undici';
import { openSocket } from '../support/raw-http';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { residentMb } from '../support/vitals';
import { acceptUpgrade, echoFrames } from '../support/websocket-backend';

/** `npm run test:soak` lets it go on for ten minutes. */
const soakMinutes = Number(process.env['SOAK_MINUTES'] ?? 0);
const soakMs = soakMinutes > 0 ? soakMinutes * 60_000 : 4_000;
const warmUpMs = soakMinutes > 0 ? 15_000 : 1_500;
const padding = 'x'.repeat(2_000);

let backend: Server;
let server: ScratchServer;
const sockets = new Set<Socket>();

beforeAll(async () => {
  backend = createServer((_incoming, outgoing) => {
    outgoing.writeHead(200, { 'Content-Type': 'text/event-stream' });
    pourInto(outgoing, number => `id: ${number}\ndata: ${padding}\n\n`);
  });
  backend.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  backend.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    acceptUpgrade(incoming, socket);
    if (incoming.url === '/flood') return pourInto(socket, number => `${number}\n${padding}\n`);
    let pending: Buffer = head;
    socket.on('data', (data: Buffer) => (pending = echoFrames(socket, Buffer.concat([pending, data]))));
  });
  await new Promise<void>(resolve => backend.listen(0, '127.0.0.1', resolve));
  server = await startScratchServer({ BACKEND_URL: `http://127.0.0.1:${(backend.address() as AddressInfo).port}` });
});
afterAll(async () => {
  await server.remove();
  for (const socket of sockets) socket.destroy();
  await new Promise(resolve => backend.close(resolve));
});

/** As fast as it is taken, until nobody takes it any more. */
function pourInto(stream: NodeJS.WritableStream & { destroyed?: boolean }, make: (number: number) => string): void {
  let number = 0;
  const more = (): void => {
    // A pause between helpings: whoever reads fast shall leave the machine to others.
    for (let i = 0; i < 20 && !stream.destroyed; i++)
      if (!stream.write(make(number++))) return void stream.once('drain', () => setTimeout(more, 5));
    if (!stream.destroyed) setTimeout(more, 5);
  };
  more();
}

/** Checks that numbers come one after the other, whatever pieces they arrive in. */
class Numbered {
  private rest = '';
  next = 0;
  bytes = 0;

  constructor(private readonly pattern: RegExp) {}

  take(piece: Buffer): void {
    this.bytes += piece.length;
    const lines = (this.rest + piece.toString('latin1')).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) {
      const number = this.pattern.exec(line)?.[1];
      if (number === undefined) continue;
      if (Number(number) !== this.next) throw new Error(`${number} came where ${this.next} was due`);
      this.next++;
    }
  }
}

interface Reading {
  readonly numbers: Numbered;
  readonly isOver: () => boolean;
}

/** Reads all there is, or, slowly, a piece every tenth of a second. */
async function read(stream: NodeJS.ReadableStream, { numbers, isOver }: Reading, everyMs = 0): Promise<void> {
  for await (const piece of stream as AsyncIterable<Buffer>) {
    numbers.take(piece);
    if (isOver()) return;
    if (everyMs > 0) await pause(everyMs);
  }
  throw new Error('The stream ended');
}

const events = (): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => get(`${server.url}/events`, resolve).on('error', reject));

async function openFlood(): Promise<Socket> {
  const socket = await openSocket(server.port);
  socket.write('GET /flood HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'); // prettier-ignore
  return socket;
}

async function echoUntil(isOver: () => boolean): Promise<number> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/echo`);
  await once(socket, 'open');
  let echoes = 0;
  for (; !isOver(); echoes++) {
    const text = `message ${echoes}`;
    const answer = once(socket, 'message') as Promise<[{ data: unknown }]>;
    socket.send(text);
    expect((await answer)[0].data).toBe(text);
    if (echoes % 50 === 0) await pause(5);
  }
  socket.close();
  return echoes;
}

it(
  'WebSockets and server-sent events pass through for as long as it takes, to fast and to slow readers; memory stays flat',
  async () => {
    const endsAt = Date.now() + warmUpMs + soakMs;
    const isOver = (): boolean => Date.now() > endsAt;
    const eventNumbers = /^id: (\d+)$/;
    const readers = {
      'events, fast': new Numbered(eventNumbers),
      'events, slow': new Numbered(eventNumbers),
      'WebSocket, fast': new Numbered(/^(\d+)$/),
      'WebSocket, slow': new Numbered(/^(\d+)$/),
    };
    const readings = [
      read(await events(), { numbers: readers['events, fast'], isOver }),
      read(await events(), { numbers: readers['events, slow'], isOver }, 100),
      read(await openFlood(), { numbers: readers['WebSocket, fast'], isOver }),
      read(await openFlood(), { numbers: readers['WebSocket, slow'], isOver }, 100),
    ];
    const echoing = echoUntil(isOver);
    await pause(warmUpMs);
    const before = residentMb(server.pid);
    let most = before;
    while (!isOver()) {
      await pause(200);
      most = Math.max(most, residentMb(server.pid));
    }
    await Promise.all(readings);
    const echoes = await echoing;
    expect(most - before).toBeLessThan(50);
    expect(echoes).toBeGreaterThan(100);
    for (const { next } of Object.values(readers)) expect(next).toBeGreaterThan(20);
    expect(readers['events, slow'].bytes).toBeLessThan(readers['events, fast'].bytes);
    if (soakMinutes === 0) return;
    const megabytes = Object.entries(readers).map(
      ([name, { bytes }]) => `${name}: ${Math.round(bytes / 1_048_576)} MB`,
    );
    console.info(
      `${soakMinutes} minutes: ${before.toFixed(0)} MB before, ${most.toFixed(0)} MB at most; ${echoes} echoes; ${megabytes.join(', ')}`,
    );
  },
  60_000 + warmUpMs + soakMs,
);
