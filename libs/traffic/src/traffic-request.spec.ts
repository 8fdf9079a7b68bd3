import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { type BodyReading, TrafficRequest } from './traffic-request';

type Handler = (incoming: TrafficRequest, outgoing: ServerResponse) => Promise<void>;

let server: Server<typeof TrafficRequest>;
let handler: Handler;
let client: Socket;

beforeEach(async () => {
  server = createServer(
    { IncomingMessage: TrafficRequest, requireHostHeader: false },
    (incoming, outgoing) => void handler(incoming, outgoing),
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
});
afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
});

const post = (body: string): string => `POST / HTTP/1.1\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const endOfChunks = '0\r\n\r\n';
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const chunked = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';

const taken = (incoming: TrafficRequest, maxBytes = 1_000): Promise<BodyReading> =>
  new Promise(resolve => incoming.takeBody(maxBytes, resolve));

const textOf = (reading: BodyReading): string =>
  reading.kind === 'read' ? Buffer.from(reading.body).toString() : `(${reading.kind})`;

/** What the handler made of the requests, in their order. */
function answersOf(handle: (incoming: TrafficRequest) => Promise<string>, count = 1): Promise<string[]> {
  return new Promise(resolve => {
    const answers: string[] = [];
    handler = async (incoming, outgoing) => {
      answers.push(await handle(incoming));
      outgoing.end();
      if (answers.length === count) resolve(answers);
    };
  });
}

describe('the body of a request, taken whole', () => {
  it('comes with its head, in pieces, or not at all, on one connection', async () => {
    const answers = answersOf(async incoming => textOf(await taken(incoming)), 4);
    client.write(post('at once') + chunked + chunk('piece '));
    await wait(20);
    client.write(chunk('by '));
    await wait(20);
    client.write(chunk('piece') + endOfChunks + post('') + post('last'));
    expect(await answers).toEqual(['at once', 'piece by piece', '', 'last']);
  });

  it('is there for one that asks late', async () => {
    const answers = answersOf(async incoming => {
      await wait(30);
      return textOf(await taken(incoming));
    });
    client.write(post('hello'));
    expect(await answers).toEqual(['hello']);
  });

  it('waits in the socket, not in memory, until somebody asks', async () => {
    const body = 'x'.repeat(8_000_000);
    let held = 0;
    const answers = answersOf(async incoming => {
      await wait(100);
      held = incoming.socket.bytesRead;
      return textOf(await taken(incoming, body.length));
    });
    client.write(post(body));
    expect((await answers)[0]).toBe(body);
    expect(held).toBeLessThan(1_000_000);
  });

  it.each([
    ['in one piece', post('x'.repeat(11))],
    ['in chunks without a length', chunked + chunk('x'.repeat(6)) + chunk('x'.repeat(6))],
  ])('is too large when it is over the limit: %s', async (_, bytes) => {
    const answers = answersOf(async incoming => textOf(await taken(incoming, 10)));
    client.write(bytes);
    expect(await answers).toEqual(['(too-large)']);
  });

  it('is read on to its end after it was too large, so that the next request is found', async () => {
    const answers = answersOf(async incoming => {
      const text = textOf(await taken(incoming, 10));
      if (text === '(too-large)') incoming.resume();
      return text;
    }, 2);
    client.write(post('x'.repeat(200_000)) + post('next'));
    expect(await answers).toEqual(['(too-large)', 'next']);
  });

  it('is gone when the client leaves before its end, asked for early or late', async () => {
    const early = answersOf(async incoming => textOf(await taken(incoming)));
    client.write(chunked + chunk('half'));
    await wait(20);
    client.destroy();
    expect(await early).toEqual(['(gone)']);
    const late = answersOf(async incoming => {
      await new Promise(resolve => incoming.once('close', resolve));
      return textOf(await taken(incoming));
    });
    const other = connect((server.address() as AddressInfo).port, '127.0.0.1');
    other.write(chunked + chunk('half'));
    await wait(20);
    other.destroy();
    expect(await late).toEqual(['(gone)']);
  });
});

describe('the reply to a request', () => {
  it('closes once when its client leaves, also while it waits for the one before it', async () => {
    const closed: string[] = [];
    const all = new Promise<void>(resolve => {
      handler = (incoming, outgoing) => {
        incoming.reply = outgoing;
        outgoing.on('close', () => {
          closed.push(incoming.url ?? '');
          if (outgoing.destroyed && closed.length === 3) setTimeout(resolve, 20);
        });
        if (incoming.url === '/3') client.destroy();
        return Promise.resolve();
      };
    });
    client.write(['/1', '/2', '/3'].map(path => `GET ${path} HTTP/1.1\r\n\r\n`).join(''));
    await all;
    expect(closed.sort()).toEqual(['/1', '/2', '/3']);
  });

  it('stays open when the body of the request has been read to its end as a stream', async () => {
    const answers = answersOf(async incoming => {
      await buffer(incoming);
      await wait(20);
      return String(incoming.reply?.destroyed);
    });
    const answer = handler;
    handler = (incoming, outgoing) => {
      incoming.reply = outgoing;
      return answer(incoming, outgoing);
    };
    client.write(post('x'));
    expect(await answers).toEqual(['false']);
  });
});

describe('the body of a request, read as a stream', () => {
  it('is whole, also when it had come before anybody read', async () => {
    const answers = answersOf(async incoming => {
      await wait(20);
      return (await buffer(incoming)).toString();
    }, 3);
    client.write(post('at once') + chunked + chunk('a') + chunk('b'));
    await wait(60);
    client.write(chunk('c') + endOfChunks + post(''));
    expect(await answers).toEqual(['at once', 'abc', '']);
  });

  it('can be left unread: the connection goes on', async () => {
    const answers = answersOf(incoming => Promise.resolve(incoming.url ?? ''), 2);
    client.write(post('x'.repeat(500_000)) + post('y').replace('POST /', 'POST /second'));
    expect(await answers).toEqual(['/', '/second']);
  });
});
