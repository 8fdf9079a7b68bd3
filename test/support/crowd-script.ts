// In a process of its own: so many connections ask for one address again and again for so long; prints what came back, as JSON.
import { connect, type Socket } from 'node:net';
import type { CrowdOutcome } from './crowd';

const [port, path, connections, forMs, bodyBytes] = process.argv.slice(2) as [string, string, string, string, string];
const lines = `${path} HTTP/1.1\r\nHost: crowd\r\n`;
const body = JSON.stringify({ text: 'x'.repeat(Number(bodyBytes)) });
const request =
  bodyBytes === '0'
    ? `GET ${lines}\r\n`
    : `POST ${lines}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const accepted: { atMs: number; tookMs: number }[] = [];
const counts = { refused: 0, broken: 0, other: 0 };
let beganAt = 0;

const isOver = (): boolean => performance.now() - beganAt > Number(forMs);

async function open(): Promise<Socket> {
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('GET /health/live HTTP/1.1\r\nHost: crowd\r\n\r\n');
  await new Promise((resolve, reject) => socket.once('data', resolve).once('error', reject));
  return socket.on('error', () => undefined);
}

/** Asks anew as soon as it is answered, and connects anew when it was cut off. */
function insist(socket: Socket): Promise<void> {
  return new Promise(leave => {
    let askedAt = 0;
    let held = '';
    const ask = (): void => {
      if (isOver()) return void socket.end();
      askedAt = performance.now();
      socket.write(request);
    };
    socket.on('data', (data: Buffer) => {
      held += data.toString('latin1');
      const headEnd = held.indexOf('\r\n\r\n');
      const head = held.slice(0, headEnd + 2);
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
      if (headEnd < 0 || held.length < headEnd + 4 + length || askedAt === 0) return;
      const status = held.slice(9, 12);
      const now = performance.now();
      if (status === '200') accepted.push({ atMs: askedAt - beganAt, tookMs: now - askedAt });
      else if (status === '503') counts.refused++;
      else counts.other++;
      held = '';
      askedAt = 0;
      if (/^connection: close/im.test(head)) socket.end();
      else ask();
    });
    socket.on('close', () => {
      if (askedAt !== 0 && !isOver()) counts.broken++;
      if (isOver()) leave();
      else void open().then(insist).then(leave);
    });
    ask();
  });
}

/** All are connected, and were answered once, before they begin: a server that is busy takes one connection a turn of its event loop. */
async function run(): Promise<void> {
  const sockets: Socket[] = [];
  while (sockets.length < Number(connections))
    sockets.push(
      ...(await Promise.all(Array.from({ length: Math.min(50, Number(connections) - sockets.length) }, open))),
    );
  beganAt = performance.now();
  await Promise.all(sockets.map(insist));
  console.log(JSON.stringify({ ...counts, accepted } satisfies CrowdOutcome));
}

void run();
