import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { call } from '../support/http-call';
import { eventually } from '../support/eventually';
import { openSocket, readReplies, sendRaw } from '../support/raw-http';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';
import { watch } from '../support/vitals';

// Rows D of the table of bad input that are about the wire: framing, limits, slow and malformed clients.

const megabyte = 1_024 * 1_024;
let scratch: Scratch;
let server: TestServer;
/** The same with limits so small that a test can wait for them. */
let strict: TestServer;

beforeAll(async () => {
  scratch = await makeScratch();
  const envOf = (name: string) => ({
    DATABASE_URL: `sqlite:${join(scratch.folder, `${name}.db`)}`,
    DATA_DIR: join(scratch.folder, name),
    LOG_LEVEL: 'error',
  });
  const limits = { MAX_BODY_BYTES: '1000', REQUEST_TIMEOUT_MS: '1500', HEADERS_TIMEOUT_MS: '1000' };
  [server, strict] = await Promise.all([startServer(envOf('a')), startServer({ ...envOf('b'), ...limits })]);
  for (const one of [server, strict]) await saveMock(one, { urlPath: '/ordinary' }, { body: 'ordinary' });
});
afterEach(async () => {
  for (const one of [server, strict]) {
    expect((await call(one.url, 'GET /ordinary')).text).toBe('ordinary');
    expect(one.output()).not.toContain('"level":"error"');
  }
});
afterAll(async () => {
  await Promise.all([server.stop(), strict.stop()]);
  await scratch.remove();
});

async function saveMock(on: TestServer, request: object, response: object): Promise<void> {
  const { status, text } = await call(on.url, 'POST /__admin/mappings', { body: { request, response } });
  if (status !== 201) throw new Error(`Not saved: ${text}`);
}

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
const lastGet = (path: string): string => get(path, 'Connection: close\r\n');
const statusesOf = (wire: string): number[] => readReplies(wire).map(({ status }) => status);

describe('the head of a request', () => {
  it.each([
    ['two Host headers', 'GET /ordinary HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['two Host headers in other cases', 'GET /ordinary HTTP/1.1\r\nhost: a\r\nHOST: a\r\n\r\n'],
    ['HTTP/1.0 with Transfer-Encoding', 'POST /ordinary HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    [
      'Content-Length and Transfer-Encoding',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two Content-Lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['chunks without a size', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n'],
    ['chunked not last', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n'],
  ])('D-13: %s is a 400, and the connection ends', async (_, bytes) => {
    expect(statusesOf(await sendRaw(server.port, bytes))).toEqual([400]);
  });

  it('D-14: an absolute target is matched by its path, and nobody is called', async () => {
    let calls = 0;
    const canary = createServer(socket => void (calls++, socket.destroy()));
    await new Promise<void>(resolve => canary.listen(0, '127.0.0.1', resolve));
    const { port } = canary.address() as { port: number };
    for (const host of [`127.0.0.1:${port}`, '169.254.169.254']) {
      const bytes = `GET http://${host}/ordinary HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      expect(readReplies(await sendRaw(server.port, bytes))).toMatchObject([{ status: 200, body: 'ordinary' }]);
      expect(statusesOf(await sendRaw(server.port, bytes.replace('/ordinary', '/latest')))).toEqual([404]);
      expect(statusesOf(await sendRaw(server.port, bytes.replace('/ordinary', '/__admin/mappings')))).toEqual([404]);
    }
    expect(calls).toBe(0);
    await new Promise(resolve => canary.close(resolve));
  });

  it.each([
    '/%c0%ae%zz',
    '/%',
    '/%00',
    '/a/../b',
    '//evil.com/%2e%2e',
    '/\\..\\x',
    '/;x=1',
    '*',
    '/%e2%80%ae',
    '/?%zz=%',
  ])('D-16: %s is a 404 without a redirect, and a hit for the mock that names it', async target => {
    const [missed] = readReplies(await sendRaw(server.port, lastGet(target)));
    expect(missed!.status).toBe(404);
    expect(missed!.head).not.toMatch(/location:/i);
    await saveMock(server, { url: target }, { body: `raw ${target}` });
    expect(readReplies(await sendRaw(server.port, lastGet(target)))).toMatchObject([
      { status: 200, body: `raw ${target}` },
    ]);
  });

  it.each([
    ['1,500 headers', () => get('/ordinary', 'X: 1\r\n'.repeat(1_500)), 431],
    ['5,000 tiny headers', () => get('/ordinary', 'a:\r\n'.repeat(5_000)), 431],
    ['201 headers', () => get('/ordinary', 'X: 1\r\n'.repeat(200)), 431],
    ['a header of 20 KB', () => get('/ordinary', `X: ${'x'.repeat(20_000)}\r\n`), 431],
    ['a header of 200 KB', () => get('/ordinary', `X: ${'x'.repeat(200_000)}\r\n`), 431],
    ['a URL of 17 KB', () => get(`/${'a'.repeat(17_000)}`), 414],
    ['a URL of 200 KB', () => get(`/${'a'.repeat(200_000)}`), 414],
  ])('D-17: %s are refused, not cut', async (_, bytes, status) => {
    expect(statusesOf(await sendRaw(server.port, bytes()))).toEqual([status]);
  });
});

describe('the body of a request', () => {
  const post = (headers: string, body = ''): string =>
    `POST /ordinary HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${body}`;
  const chunk = (bytes: number): string => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`;

  it.each([
    ['one byte more, by length', () => post('Content-Length: 1001', 'x'.repeat(1_001))],
    ['one byte more, in chunks', () => post('Transfer-Encoding: chunked', `${chunk(500)}${chunk(501)}0\r\n\r\n`)],
    ['a terabyte by length, of which one byte comes', () => post('Content-Length: 1099511627776', 'x')],
    ['20 MB in chunks', () => post('Transfer-Encoding: chunked', `${chunk(megabyte).repeat(20)}0\r\n\r\n`)],
    ['more than was asked for first', () => post('Content-Length: 1001\r\nExpect: 100-continue', 'x'.repeat(1_001))],
  ])('D-23: %s than the limit is a 413 at the limit, kept nowhere, and the connection ends', async (_, bytes) => {
    const sent = bytes();
    let statuses: number[] = [];
    const { grownMb } = await watch(strict, async () => (statuses = statusesOf(await sendRaw(strict.port, sent))));
    expect(statuses).toEqual([413]);
    expect(grownMb).toBeLessThan(15);
  });

  it('D-23: exactly the limit is fine', async () => {
    const bytes = post('Content-Length: 1000\r\nConnection: close', 'x'.repeat(1_000));
    expect(statusesOf(await sendRaw(strict.port, bytes))).toEqual([200]);
  });

  it('D-25: 200 bodies and 200 heads that come byte by byte end with 408', async () => {
    const starts = [post('Content-Length: 1000', 'x'), 'GET /ordinary HTTP/1.1\r\nHost: a\r\nX: '];
    const sockets = await Promise.all(Array.from({ length: 400 }, () => openSocket(strict.port)));
    const ends = sockets.map((socket, i) => replyOf(socket, () => socket.write(starts[i % 2]!)));
    const drip = setInterval(() => sockets.forEach(socket => socket.writable && socket.write('x')), 200);
    const vitals = await watch(strict, async () => {
      for (const wire of await Promise.all(ends)) expect(statusesOf(wire)).toEqual([408]);
    });
    clearInterval(drip);
    expect(vitals.slowestMs).toBeLessThan(100);
  });

  it('Expect: 100-continue is answered before the body, any other expectation with 417', async () => {
    const socket = await openSocket(server.port);
    let wire = '';
    socket.on('data', (data: Buffer) => (wire += data.toString('latin1')));
    socket.write(post('Content-Length: 4\r\nConnection: close\r\nExpect: 100-continue'));
    await eventually(() => wire.includes('\r\n\r\n'));
    expect(wire).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('body');
    await eventually(() => socket.closed);
    expect(readReplies(wire)).toMatchObject([{ status: 200, body: 'ordinary' }]);
    expect(statusesOf(await sendRaw(server.port, get('/ordinary', 'Expect: magic\r\nConnection: close\r\n')))).toEqual([
      417,
    ]);
  });
});

describe('connections', () => {
  it('D-26: 100 clients that do not read a reply of 10 MB cost it once', async () => {
    await saveMock(server, { url: '/large' }, { body: 'x'.repeat(10 * megabyte) });
    await call(server.url, 'GET /large');
    const sockets: Socket[] = [];
    const vitals = await watch(server, async () => {
      for (let i = 0; i < 100; i++) {
        const socket = await openSocket(server.port);
        sockets.push(socket.pause());
        socket.write(get('/large').repeat(20));
      }
      for (let i = 0; i < 20; i++) expect((await call(server.url, 'GET /ordinary')).text).toBe('ordinary');
    });
    sockets.forEach(socket => socket.destroy());
    expect(vitals.slowestMs).toBeLessThan(100);
    expect(vitals.grownMb).toBeLessThan(100); // the journal's share, not 100 or 2,000 times 10 MB
  });

  it('a thousand pipelined requests are answered in their order', async () => {
    await saveMock(server, { urlPath: '/slow' }, { body: 'slow', fixedDelayMilliseconds: 200 });
    await saveMock(server, { urlPath: '/echo', method: 'POST' }, { body: 'echo' });
    const wanted = Array.from({ length: 1_000 }, (_, i) => ['ordinary', 'slow', 'echo'][i % 3]!);
    const posted = 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi';
    const requests = wanted.map(name => (name === 'echo' ? posted : get(`/${name}`)));
    const replies = readReplies(await sendRaw(server.port, requests.join('') + lastGet('/ordinary')));
    expect(replies.map(({ body }) => body)).toEqual([...wanted, 'ordinary']);
  });

  it('a connection cannot line up requests without end behind one that waits', async () => {
    await saveMock(server, { url: '/waits' }, { body: 'late', fixedDelayMilliseconds: 60_000 });
    const socket = await openSocket(server.port);
    const vitals = await watch(server, async () => {
      for (let i = 0; i < 60; i++) socket.write(get('/waits').repeat(1_000));
      for (let i = 0; i < 100; i++) await call(server.url, 'GET /ordinary');
    });
    socket.destroy();
    expect(vitals.grownMb).toBeLessThan(100);
  });

  it('garbage behind a request is never answered inside the reply to that request', async () => {
    const behindLate = await sendRaw(server.port, `${get('/slow')}\u0000garbage\r\n\r\n`);
    expect(behindLate).not.toMatch(/HTTP\/1\.1 400/);
    const behindLarge = await sendRaw(server.port, `${get('/large')}\u0000garbage\r\n\r\n`);
    expect(behindLarge.match(/HTTP\/1\.1 \d+/g) ?? []).not.toContain('HTTP/1.1 400');
    const socket = await openSocket(server.port);
    const wire = replyOf(socket, () => socket.write(get('/ordinary')));
    await new Promise(resolve => socket.once('data', resolve));
    socket.write('\u0000garbage\r\n\r\n');
    expect(statusesOf(await wire)).toEqual([200, 400]);
  });

  it('HTTP/1.0 needs no Host, and its connection ends with the reply', async () => {
    const wire = await sendRaw(server.port, 'GET /ordinary HTTP/1.0\r\n\r\n');
    expect(readReplies(wire)).toMatchObject([{ status: 200, body: 'ordinary' }]);
    const kept = await sendRaw(
      server.port,
      'GET /ordinary HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /ordinary HTTP/1.0\r\n\r\n',
    );
    expect(statusesOf(kept)).toEqual([200, 200]);
  });

  it('CONNECT opens no tunnel', async () => {
    const wire = await sendRaw(server.port, 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n');
    expect(wire).not.toMatch(/^HTTP\/1\.1 [25]/);
  });

  it.each(['websocket', 'h2c', 'TLS/1.0'])(
    'a request that would upgrade to %s is an ordinary request',
    async protocol => {
      const headers = `Connection: Upgrade, close\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Key: eA==\r\nHTTP2-Settings: AAA\r\n`;
      expect(readReplies(await sendRaw(server.port, get('/ordinary', headers)))).toMatchObject([
        { status: 200, body: 'ordinary' },
      ]);
    },
  );

  it('10,000 made-up requests get no 5xx that no mock asked for', async () => {
    const requests = fc.sample(rawRequest, { numRuns: 10_000, seed: Date.now() });
    const wrong: string[] = [];
    const vitals = await watch(server, async () => {
      const next = requests.values();
      const worker = async (): Promise<void> => {
        for (const bytes of next) {
          const wire = await sendRaw(server.port, bytes, { end: true });
          if (/HTTP\/1\.1 5/.test(wire)) wrong.push(`${JSON.stringify(bytes)} -> ${wire}`);
        }
      };
      await Promise.all(Array.from({ length: 16 }, worker));
    });
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(vitals.slowestMs).toBeLessThan(100);
  });
});

const bytes = (max: number) =>
  fc.string({ unit: 'binary', maxLength: max }).map(text => Buffer.from(text).toString('latin1'));
const token = fc.oneof(
  fc.constantFrom(
    'Host',
    'Cookie',
    'Content-Type',
    'X-Mock-Workspace',
    '__proto__',
    'constructor',
    'Origin',
    'Upgrade',
    'Connection',
    'Expect',
    'Trailer',
  ),
  fc.constantFrom('Content-Length', 'Transfer-Encoding', 'Accept', 'Authorization', 'Access-Control-Request-Method'),
  fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/),
  bytes(8),
);
const value = fc.oneof(
  fc.constantFrom(
    '0',
    '5',
    '-1',
    '99999999999999999999',
    'chunked',
    'identity',
    'close',
    'keep-alive',
    '100-continue',
    'websocket',
  ),
  fc.constantFrom(
    'default',
    '__proto__',
    'a=b; a="c"; =; ;;',
    'application/json',
    'application/x-www-form-urlencoded',
    'http://evil.test',
  ),
  bytes(24),
);
const target = fc.oneof(
  fc.constantFrom(
    '/',
    '*',
    '/ordinary',
    '/echo',
    '/__w/default/ordinary',
    '/__w/',
    '/__w/%',
    '/__w//x',
    '//',
    '/?',
    '/?a&=&%',
    'http://',
    'a:b',
  ),
  fc.webUrl(),
  bytes(40).map(text => `/${text}`),
  fc.stringMatching(/^\/[a-z%./?&=+{}[\]]{0,60}$/),
);
const method = fc.oneof(
  fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'PROPFIND', 'M-SEARCH', 'PRI'),
  bytes(6),
);
const body = fc.oneof(
  fc.constant(''),
  fc.json(),
  bytes(60),
  fc.constantFrom('0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', 'ffffffffffffffff\r\n'),
);

/** A request with a shape, sometimes with a length that fits, sometimes with some of its bytes changed. */
const rawRequest = fc
  .record({
    method,
    target,
    version: fc.constantFrom('1.1', '1.1', '1.1', '1.0', '0.9', '2.0', '9.9'),
    headers: fc.array(fc.tuple(token, value), { maxLength: 6 }),
    body,
    isFramed: fc.boolean(),
    change: fc.option(fc.tuple(fc.nat(200), bytes(3)), { freq: 3 }),
  })
  .map(({ method, target, version, headers, body, isFramed, change }) => {
    const lines = [
      ...headers,
      ...(isFramed
        ? [
            ['Host', 'a'],
            ['Content-Length', String(body.length)],
          ]
        : []),
    ];
    const text = `${method} ${target} HTTP/${version}\r\n${lines.map(([name, one]) => `${name}: ${one}\r\n`).join('')}\r\n${body}`;
    return change === null ? text : text.slice(0, change[0]) + change[1] + text.slice(change[0] + 1);
  });

function replyOf(socket: Socket, start: () => void): Promise<string> {
  return new Promise(resolve => {
    let wire = '';
    socket.on('data', (data: Buffer) => (wire += data.toString('latin1')));
    socket.on('close', () => resolve(wire));
    start();
  });
}
