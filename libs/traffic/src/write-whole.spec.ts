import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { compileReply } from '@mock-server/engine';
import { writeReply } from './write-reply';
import { writeMessage, writeWhole, type WholeText } from './write-whole';

const ok: WholeText = { status: 200, statusMessage: undefined, headers: ['Content-Length', '5'], text: 'hello' };

const replies: readonly (readonly [string, WholeText])[] = [
  ['a short text', ok],
  ['a status message of its own', { ...ok, statusMessage: 'Fine by me' }],
  ['a status without a standard phrase', { ...ok, status: 299 }],
  [
    'several headers of one name',
    { ...ok, headers: ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Content-Length', '5'] },
  ],
  ['a header of latin letters', { ...ok, headers: ['X-Name', 'Zo\u00eb', 'Content-Length', '5'] }],
  ['bytes above 127', { ...ok, text: 'h\u00e4\u00ff\u0080o' }],
  ['no body with 204', { status: 204, statusMessage: undefined, headers: ['X-A', 'b'], text: '' }],
  ['no body with 304', { status: 304, statusMessage: undefined, headers: ['ETag', '"1"'], text: '' }],
  ['an empty body', { ...ok, headers: ['Content-Length', '0'], text: '' }],
  ['a date of its own', { ...ok, headers: ['Date', 'Thu, 01 Jan 2026 00:00:00 GMT', 'Content-Length', '5'] }],
  ['a wish to close', { ...ok, headers: ['Connection', 'close', 'Content-Length', '5'] }],
];

const requests = {
  'a connection that stays': 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'a connection that ends': 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'HTTP/1.0': 'GET / HTTP/1.0\r\n\r\n',
  'HTTP/1.0 that stays': 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  HEAD: 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
};

type Answer = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

let server: Server;
let answer: Answer;

beforeAll(async () => {
  server = createServer({ keepAliveTimeout: 7_000 }, (incoming, outgoing) => answer(incoming, outgoing));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
});

describe('a whole reply', () => {
  for (const [title, request] of Object.entries(requests)) {
    it.each(replies)(`of %s has the bytes that Node gives it: ${title}`, async (_, reply) => {
      const text = request.startsWith('HEAD') ? '' : reply.text;
      const { status, statusMessage, headers } = reply;
      const nodes = await exchange(request, (_incoming, outgoing) => {
        if (statusMessage === undefined) outgoing.writeHead(status, headers as string[]);
        else outgoing.writeHead(status, statusMessage, headers as string[]);
        outgoing.end(text, 'latin1');
      });
      const ours = await exchange(request, (_incoming, outgoing) => writeWhole(outgoing, { ...reply, text }));
      expect(ours).toEqual(nodes);
    });
  }

  it.each(Object.entries(requests))('of a mock is what it would be made anew: %s', async (_, request) => {
    const reply = compileReply(
      { status: 201, headers: { 'X-A': ['b', 'c'] }, body: 'Zo\u00eb \u2615' },
      { id: '1', name: 'one' },
    );
    const { status, headers, message } = reply;
    const ready = await exchange(request, (incoming, outgoing) =>
      writeMessage(incoming, outgoing, { status, headers, message: message! }),
    );
    const body = (reply.body as { bytes: Uint8Array }).bytes;
    const anew = await exchange(request, (incoming, outgoing) =>
      writeReply(incoming, outgoing, { status, headers, body }),
    );
    expect(ready).toEqual(anew);
    expect(ready.body).toBe(request.startsWith('HEAD') ? '' : Buffer.from(body).toString('latin1'));
  });

  it('says at once that its head is out, so that nobody writes a second one', async () => {
    const seen: boolean[] = [];
    await exchange(requests.HEAD, (_, outgoing) => {
      writeWhole(outgoing, { ...ok, text: '' });
      seen.push(outgoing.headersSent);
    });
    expect(seen).toEqual([true]);
  });

  it.each(['a\r\nSet-Cookie: b=1', 'a\u010d\u010ab', 'a\0b'])(
    'never lets a header value %j begin another line',
    async value => {
      const failures: unknown[] = [];
      const bytes = await exchange(requests.HEAD, (_, outgoing) => {
        try {
          writeWhole(outgoing, { ...ok, headers: ['X-A', value], text: '' });
        } catch (error) {
          failures.push(error);
          outgoing.writeHead(500).end();
        }
      });
      expect(failures).toMatchObject([{ code: 'ERR_INVALID_CHAR' }]);
      expect(bytes.statusLine).toMatch(/^HTTP\/1\.1 500 /);
      expect(bytes.lines).not.toContainEqual(expect.stringMatching(/^(?:Set-Cookie|b)/));
    },
  );

  it('waits for the answers to earlier requests of its connection', async () => {
    let first: ServerResponse | undefined;
    const order: string[] = [];
    answer = ({ url = '' }, outgoing) => {
      order.push(url);
      if (url === '/first') first = outgoing;
      else writeWhole(outgoing, { ...ok, text: 'later' });
      if (url === '/third') setTimeout(() => writeWhole(first!, { ...ok, text: 'first' }), 20);
    };
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n`;
    const bytes = await send(`${get('/first')}\r\n${get('/second')}\r\n${get('/third')}Connection: close\r\n\r\n`);
    expect(order).toEqual(['/first', '/second', '/third']);
    expect(bytes.match(/first|later/g)).toEqual(['first', 'later', 'later']);
  });

  it('reaches all of a thousand clients that ask at the same time', async () => {
    answer = (_, outgoing) => writeWhole(outgoing, ok);
    const all = await Promise.all(Array.from({ length: 1_000 }, () => send(requests['a connection that ends'])));
    expect(all.filter(bytes => bytes.endsWith('\r\n\r\nhello'))).toHaveLength(1_000);
  });
});

interface Exchanged {
  readonly statusLine: string | undefined;
  readonly lines: readonly string[];
  readonly body: string;
  readonly stays: boolean;
}

/** What one request gets, and whether the connection stays: a second request on it is answered or not. */
async function exchange(request: string, by: Answer): Promise<Exchanged> {
  let asked = 0;
  answer = (incoming, outgoing) => (++asked === 1 ? by(incoming, outgoing) : void outgoing.end('second'));
  const bytes = await send(`${request}GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  const headEnd = bytes.indexOf('\r\n\r\n');
  const [statusLine, ...lines] = bytes.slice(0, headEnd).split('\r\n');
  const now = new Date().toUTCString().slice(0, 16);
  return {
    statusLine,
    // Node has its own lines last.
    lines: lines.map(line => (line.startsWith(`Date: ${now}`) ? 'Date: today' : line)).sort(),
    body: bytes.slice(headEnd + 4).split('HTTP/1.1 200')[0]!,
    stays: asked === 2,
  };
}

function send(request: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    let bytes = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request, 'latin1'));
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (bytes += chunk));
    socket.on('end', () => resolve(bytes)).on('error', reject);
  });
}
