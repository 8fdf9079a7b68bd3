// Load at a given pace: so many requests a second, whether earlier ones were answered or not. A server that stands still for a moment
// makes all that were due meanwhile wait, and each of them counts from the moment it was due: what a load tool that waits for the
// answer before it asks again never sees.
import { connect } from 'node:net';
import { onTheWire } from './load.mjs';

/**
 * Resolves to { requests, seconds, p50Ms, p99Ms, maxMs, wrong }: `wrong` are those that were answered with another status than 200.
 * Rejects when a connection breaks. Replies must say their Content-Length.
 */
export async function putUnderPacedLoad({ port, requests, perSecond, seconds, connections = 32 }) {
  const wires = requests.map(request => onTheWire(request, port));
  const total = Math.round(perSecond * seconds);
  const tookMs = new Float64Array(total);
  let [sent, done, wrong] = [0, 0, 0];
  const idle = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const all = [...idle];
  try {
    await new Promise((resolve, reject) => {
      const beganAt = performance.now();
      const dueAt = number => beganAt + (number * 1_000) / perSecond;
      const sendDue = () => {
        const now = performance.now();
        while (idle.length > 0 && sent < total && dueAt(sent) <= now)
          idle.shift().ask(wires[sent % wires.length], sent++);
      };
      const timer = setInterval(sendDue, 1);
      for (const connection of all) {
        connection.onAnswer = (number, status) => {
          tookMs[number] = performance.now() - dueAt(number);
          if (status !== 200) wrong++;
          idle.push(connection);
          if (++done === total) return void (clearInterval(timer), resolve());
          sendDue();
        };
        connection.onBroken = error => void (clearInterval(timer), reject(error));
      }
    });
  } finally {
    for (const connection of all) connection.close();
  }
  tookMs.sort();
  const quantile = part => tookMs[Math.min(total - 1, Math.floor(total * part))];
  return { requests: total, seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: tookMs[total - 1], wrong };
}

/** One request at a time over a bare socket: node:http would cost several times what the server takes. */
async function openConnection(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let number = 0;
  let text = '';
  const connection = {
    onAnswer: undefined,
    onBroken: undefined,
    ask: (wire, asked) => {
      number = asked;
      socket.write(wire);
    },
    close: () => socket.destroy(),
  };
  socket.setEncoding('latin1').on('data', piece => {
    text += piece;
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    if (length === undefined) return void socket.destroy(new Error('a reply does not say its Content-Length'));
    if (text.length < headEnd + 4 + Number(length)) return;
    const status = Number(text.slice(9, 12));
    text = '';
    connection.onAnswer(number, status);
  });
  socket.on('error', error => connection.onBroken?.(error));
  socket.on('close', () => connection.onBroken?.(new Error('the server closed a connection')));
  return connection;
}
