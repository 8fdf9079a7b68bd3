import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';
import { brotliCompressSync, constants } from 'node:zlib';
import { eventually } from '../support/eventually';
import { call, type Reply } from '../support/http-call';
import { startRawBackend, type RawBackend } from '../support/raw-backend';
import { openSocket, readReplies, sendRaw } from '../support/raw-http';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { watch } from '../support/vitals';

// Rows P of the table of bad input that are about backends that misbehave, and about what reaches them.

let backend: RawBackend;
let server: ScratchServer;

beforeAll(async () => {
  backend = await startRawBackend();
  server = await startScratchServer({ BACKEND_URL: backend.url, PROXY_RESPONSE_TIMEOUT_MS: '700', LOG_LEVEL: 'error' });
  await call(server.url, 'PATCH /__admin/workspaces/default', { body: { settings: { backend: { breakAfter: 0 } } } });
  await call(server.url, 'POST /__admin/mappings', {
    body: { request: { url: '/ordinary' }, response: { body: 'ordinary' } },
  });
});
beforeEach(() => {
  backend.requests.length = 0;
  backend.garbage.length = 0;
  backend.onHead = undefined;
  backend.answer = socket => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
});
afterEach(async () => {
  expect((await call(server.url, 'GET /ordinary')).text).toBe('ordinary');
  expect(server.output()).not.toContain('"level":"error"');
});
afterAll(async () => {
  await server.remove();
  await backend.close();
});

const startRecording = (): Promise<Reply> =>
  call(server.url, 'POST /__admin/recordings/start', { body: { persist: false } });
const recorded = async (): Promise<{ url: string; response: { base64Body?: string; headers?: object } }[]> => {
  const { json } = await call(server.url, 'POST /__admin/recordings/stop');
  const mappings = json.mappings as { id: string; request: { url: string }; response: object }[];
  for (const { id } of mappings) await call(server.url, `DELETE /__admin/mappings/${id}`);
  return mappings.map(({ request, response }) => ({ url: request.url, response }));
};
const post = (path: string, head: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${head}\r\n${body}`;

describe('what reaches a backend', () => {
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
  it.each<[string, string, string]>([
    ['two lengths in two cases', `Content-Length: 3\r\ncontent-length: ${3 + smuggled.length}\r\n`, `abc${smuggled}`],
    ['the same length twice', 'Content-Length: 3\r\nCONTENT-LENGTH: 3\r\n', 'abc'],
    ['a list of lengths', 'Content-Length: 3, 3\r\n', 'abc'],
    ['a length with a sign', `Content-Length: +3\r\n`, `abc${smuggled}`],
    ['a length and chunks', `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${smuggled}`],
    ['chunks by another name', `Transfer-Encoding: xchunked\r\n`, `0\r\n\r\n${smuggled}`],
    ['chunks after something else', `Transfer-Encoding: gzip, chunked\r\n`, `0\r\n\r\n${smuggled}`],
    ['chunks twice', `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n`, `0\r\n\r\n${smuggled}`],
    ['chunks named on a folded line', `Transfer-Encoding:\r\n chunked\r\n`, `0\r\n\r\n${smuggled}`],
    ['a space before the colon', `Content-Length : 3\r\n`, `abc${smuggled}`],
    ['a lone CR in a value', `X-A: b\rContent-Length: 99\r\nContent-Length: 3\r\n`, 'abc'],
    ['a lone LF in a value', `X-A: b\nContent-Length: 99\r\nContent-Length: 3\r\n`, 'abc'],
    ['a NUL in a value', `X-A: b\0c\r\nContent-Length: 3\r\n`, 'abc'],
    ['a request in the body', `Content-Length: ${smuggled.length}\r\n`, smuggled],
    [
      'a request in a chunk',
      `Transfer-Encoding: chunked\r\n`,
      `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
    ],
    ['a chunk with an extension', `Transfer-Encoding: chunked\r\n`, `3;a="\r\n0\r\n"\r\nabc\r\n0\r\n\r\n`],
    ['a length that Connection names', `Content-Length: 3\r\nConnection: content-length\r\n`, 'abc'],
  ])('P-13: %s', async (_what, head, body) => {
    const wire = await sendRaw(server.port, post('/p13', head, body), { timeoutMs: 5_000 });
    // No answer at all: the connection was cut for what stands behind the request.
    const status = readReplies(wire)[0]?.status ?? 400;
    expect([200, 400]).toContain(status);
    expect(backend.garbage).toEqual([]);
    expect(backend.requests.length).toBeLessThanOrEqual(1);
    expect(backend.requests.every(({ line }) => line === 'POST /p13 HTTP/1.1')).toBe(true);
    if (status === 400) return;
    expect(backend.requests).toHaveLength(1);
    expect([body, smuggled, 'abc']).toContain(backend.requests[0]?.body.toString('latin1'));
  });

  it('P-13: headers that a mock adds cannot frame the message', async () => {
    const { json, status } = await call(server.url, 'POST /__admin/mappings', {
      body: {
        request: { urlPath: '/p13/mock' },
        response: {
          proxyBaseUrl: backend.url,
          transformers: ['response-template'],
          additionalProxyRequestHeaders: {
            'X-A': '{{request.query.a}}',
            'Content-Length': ['5', '6'],
            Connection: 'X-B',
          },
        },
      },
    });
    if (status !== 201) return expect(status).toBe(422);
    await call(server.url, 'POST /p13/mock?a=b%0d%0aContent-Length:%2099', { body: 'hello' });
    expect(backend.garbage).toEqual([]);
    expect(backend.requests.length).toBeLessThanOrEqual(1);
    for (const { body } of backend.requests) expect(String(body)).toBe('hello');
    await call(server.url, `DELETE /__admin/mappings/${json.id}`);
  });

  it('P-26: a backend that answers before it has the body: the answer arrives, and nothing hangs', async () => {
    backend.onHead = socket =>
      void socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge', () =>
        socket.end(),
      );
    backend.answer = () => undefined;
    const upload = (): Promise<number> =>
      new Promise((resolve, reject) => {
        const outgoing = httpRequest(`${server.url}/p26`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/octet-stream' },
        });
        outgoing.on('response', incoming => {
          incoming.resume().on('end', () => resolve(incoming.statusCode ?? 0));
          outgoing.destroy();
        });
        outgoing.on('error', error => (outgoing.destroyed ? undefined : reject(error)));
        const chunk = Buffer.alloc(65_536, 'x');
        let sent = 0;
        const more = (): void => {
          while (sent++ < 800 && !outgoing.destroyed)
            if (!outgoing.write(chunk)) return void outgoing.once('drain', more);
          if (!outgoing.destroyed) outgoing.end();
        };
        more();
      });
    for (let i = 0; i < 5; i++) expect(await upload()).toBe(413);
    await eventually(() => backend.open === 0);
  });

  it('Expect: 100-continue is answered here, and is no affair of the backend', async () => {
    const socket = await openSocket(server.port);
    let wire = '';
    socket.on('data', (data: Buffer) => (wire += data.toString('latin1')));
    socket.write(
      'POST /expect HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
    );
    await eventually(() => wire.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    socket.write('hello');
    await new Promise(resolve => socket.once('close', resolve));
    expect(readReplies(wire)).toMatchObject([{ status: 200, body: 'ok' }]);
    expect(String(backend.requests[0]?.body)).toBe('hello');
    expect(backend.requests[0]?.headers.join('\n')).not.toMatch(/^expect:/im);
  });
});

describe('what comes from a backend', () => {
  it('early hints of a backend are passed over, its final answer comes', async () => {
    backend.answer = socket =>
      void socket.write(
        'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok',
      );
    expect(await call(server.url, 'POST /informed', { body: 'x' })).toMatchObject({ status: 201, text: 'ok' });
  });

  it('trailers of a backend come after the body', async () => {
    backend.answer = socket =>
      void socket.write(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\nX-SUM: 8\r\n\r\n',
      );
    const incoming = await new Promise<IncomingMessage>(resolve =>
      httpRequest(`${server.url}/trailers`, resolve).end(),
    );
    let text = '';
    for await (const chunk of incoming as AsyncIterable<Buffer>) text += String(chunk);
    expect(text).toBe('ok');
    expect(incoming.rawTrailers).toEqual(['X-Sum', '7', 'X-SUM', '8']);
  });

  it('headers that are about its connection, or that it says are, end here; others come as they are', async () => {
    backend.answer = socket =>
      void socket.write(
        'HTTP/1.1 200 OK\r\nX-KePt: a\r\nx-kept: b\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: X-Inner\r\nX-Inner: no\r\n' +
          'Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok',
      );
    const wire = await sendRaw(server.port, 'GET /headers HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const head = readReplies(wire)[0]!.head;
    for (const kept of ['X-KePt: a', 'x-kept: b', 'Set-Cookie: a=1', 'Set-Cookie: b=2']) expect(head).toContain(kept);
    expect(head).not.toMatch(/x-inner|timeout=5|proxy-authenticate|upgrade/i);
  });

  it('P-14: a thousand Content-Encodings and a brotli bomb pass as they are, are recorded as they are, and memory stays flat', async () => {
    const bomb = brotliCompressSync(Buffer.alloc(200 * 1_024 * 1_024), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 9 },
    });
    expect(bomb.length).toBeLessThan(2_000);
    const headOf = (path: string): string =>
      path === '/bomb' ? 'Content-Encoding: br' : `Content-Encoding: ${Array(1_000).fill('gzip').join(', ')}`;
    backend.answer = (socket, { line }) => {
      const head = headOf(line.split(' ')[1]!);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n${head}\r\nContent-Length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    };
    await startRecording();
    const { grownMb } = await watch(server, async () => {
      for (const path of ['/bomb', '/links']) {
        const { status, bytes } = await call(server.url, `GET ${path}`);
        expect([status, bytes.equals(bomb)]).toEqual([200, true]);
      }
      const all = await recorded();
      expect(all.map(({ url }) => url).sort()).toEqual(['/bomb', '/links']);
      for (const { response } of all) expect(response.base64Body).toBe(bomb.toString('base64'));
    });
    expect(grownMb).toBeLessThan(40);
  });

  /** The status of the answer that came whole, or that none did. */
  const fateOf = (path: string): Promise<number | 'cut'> =>
    call(server.url, `GET ${path}`, { timeoutMs: 8_000 }).then(
      ({ status }) => status,
      (error: Error) => {
        if (/no answer in/.test(error.message)) throw error;
        return 'cut';
      },
    );
  const ok = 'HTTP/1.1 200 OK\r\n';
  const drip = (socket: Socket, everyMs: number, first = ''): void => {
    socket.write(first);
    const timer = setInterval(() => socket.write('x'), everyMs);
    socket.once('close', () => clearInterval(timer));
  };
  /** Writes, and resets once that is well on its way. */
  const resetAfter = (socket: Socket, text: string): void =>
    void socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 30));

  it.each<[string, (socket: Socket) => void, number | 'cut']>([
    ['never answers', () => undefined, 504],
    ['sends a byte a second of its head', socket => drip(socket, 1_000, 'HTTP/1.1 2'), 504],
    ['closes without a word', socket => void socket.end(), 502],
    ['resets without a word', socket => void socket.resetAndDestroy(), 502],
    ['stops in its body', socket => void socket.write(`${ok}Content-Length: 99\r\n\r\npart`), 'cut'],
    ['resets in its body', socket => resetAfter(socket, `${ok}Content-Length: 99\r\n\r\npart`), 'cut'],
    ['resets in a chunk', socket => resetAfter(socket, `${ok}Transfer-Encoding: chunked\r\n\r\n9\r\npart`), 'cut'],
    ['closes early', socket => void socket.end(`${ok}Content-Length: 99\r\n\r\npart`), 'cut'],
    [
      'ends chunks with its connection',
      socket => void socket.end(`${ok}Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n`),
      'cut',
    ],
    [
      'breaks a chunk',
      socket => void socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\nzz\r\n`),
      'cut',
    ],
  ])('P-16: a backend that %s is told in time, and nothing of it is recorded', async (_what, answer, fate) => {
    backend.answer = answer;
    await startRecording();
    const startedAt = performance.now();
    expect(await fateOf('/p16')).toBe(fate);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(await recorded()).toEqual([]);
  });

  it('P-16: more than its Content-Length is cut off there, and does not become the next answer', async () => {
    backend.answer = socket =>
      void socket.write(`${ok}Content-Length: 4\r\n\r\nfullHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`);
    expect((await call(server.url, 'GET /p16/long')).text).toBe('full');
    backend.answer = socket => void socket.write(`${ok}Content-Length: 4\r\n\r\ngood`);
    for (let i = 0; i < 3; i++) expect((await call(server.url, 'GET /p16/next')).text).toBe('good');
  });

  it.each<[string, string]>([
    ['a status line that is none', 'garbage garbage\r\n\r\n'],
    ['a status that is no number', 'HTTP/1.1 2x0 OK\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['HTTP/0.9', '<html>hello</html>'],
    ['NUL in a header', `${ok}X-A: a\0b\r\nContent-Length: 0\r\n\r\n`],
    ['64 KB of headers', `${ok}${'X-A: aaaaaaaa\r\n'.repeat(5_000)}Content-Length: 0\r\n\r\n`],
    ['a header of 64 KB', `${ok}X-A: ${'a'.repeat(65_536)}\r\nContent-Length: 0\r\n\r\n`],
    ['10,000 early hints', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(10_000)],
    ['two lengths', `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    [
      'an upgrade that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    ],
  ])('P-17: %s is a 502, and the server lives', async (_what, bytes) => {
    backend.answer = socket => void socket.end(bytes);
    const { slowestMs } = await watch(server, async () => {
      for (let i = 0; i < 5; i++)
        expect(await call(server.url, 'GET /p17')).toMatchObject({ status: 502, json: { code: 'backend-invalid' } });
    });
    expect(slowestMs).toBeLessThan(100);
  });
});
