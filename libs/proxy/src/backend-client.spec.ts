import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type BackendClient } from './backend-client';
import {
  aBackend,
  aClient,
  answered,
  aRawBackend,
  aRequest,
  aResolver,
  aSource,
  bytesOf,
  closeAll,
  listen,
  sha,
  standsStill,
  turn,
  until,
} from './spec-backends';

afterEach(closeAll);

describe('a passed request', () => {
  it('reaches the backend with case, order and duplicates of its headers, and the reply comes back likewise', async () => {
    let seen: readonly string[] = [];
    const backendUrl = await aBackend((request, response) => {
      seen = request.rawHeaders;
      response.writeHead(201, 'Made It', [
        'X-One',
        '1',
        'x-ONE',
        '2',
        'Set-Cookie',
        'a=1',
        'set-cookie',
        'b=2',
        'Connection',
        'X-Hop',
        'X-Hop',
        'secret',
        'Content-Length',
        '2',
      ]);
      response.end('ok');
    });
    const reply = await answered(
      aClient(),
      aRequest({ backendUrl, rawHeaders: ['Host', 'mock.test', 'X-B', '1', 'x-b', '2', 'X-MOCK-WORKSPACE', 'w'] }),
    );
    expect(reply).toMatchObject({ status: 201, statusMessage: 'Made It' });
    expect(reply.rawHeaders.slice(0, 8)).toEqual([
      'X-One',
      '1',
      'x-ONE',
      '2',
      'Set-Cookie',
      'a=1',
      'set-cookie',
      'b=2',
    ]);
    expect(reply.rawHeaders).toEqual(expect.arrayContaining(['Content-Length', '2']));
    expect(reply.rawHeaders.join().toLowerCase()).not.toMatch(/hop|connection|keep-alive/);
    expect(String(await bytesOf(reply.body))).toBe('ok');
    expect(seen.slice(0, 4)).toEqual(['host', new URL(backendUrl).host, 'connection', 'keep-alive']);
    expect(seen.slice(4, 16)).toEqual([
      'X-B',
      '1',
      'x-b',
      '2',
      'X-Forwarded-For',
      '192.0.2.7',
      'X-Forwarded-Host',
      'mock.test',
      'X-Forwarded-Proto',
      'http',
      'Via',
      '1.1 mock-server',
    ]);
  });

  it.each([
    ['PROPFIND', '//a//b'],
    ['GET', '/%zz'],
    ['GET', '/a/../b?x=%20&&'],
    ['MKCOL', '//evil.test/%2e%2e'],
    ['OPTIONS', '/'],
    ['DELETE', '/?'],
  ])('%s %s arrives as it is, after the base path', async (method, url) => {
    const backendUrl = await aBackend((request, response) => response.end(`${request.method} ${request.url}`));
    const reply = await answered(aClient(), aRequest({ backendUrl: `${backendUrl}/v1/`, method, url }));
    expect(String(await bytesOf(reply.body))).toBe(`${method} /v1${url}`);
  });

  it('passes compressed bytes untouched', async () => {
    const zipped = gzipSync(randomBytes(5_000));
    const backendUrl = await aBackend((_request, response) =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(zipped),
    );
    const reply = await answered(aClient(), aRequest({ backendUrl, rawHeaders: ['Accept-Encoding', 'gzip'] }));
    expect(reply.rawHeaders).toEqual(expect.arrayContaining(['Content-Encoding', 'gzip']));
    expect(sha(await bytesOf(reply.body))).toBe(sha(zipped));
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('%s with %i has no body', async (method, status) => {
    const backendUrl = await aBackend((_request, response) => response.writeHead(status, { ETag: '"1"' }).end());
    const reply = await answered(aClient(), aRequest({ backendUrl, method }));
    expect(reply.status).toBe(status);
    expect(await bytesOf(reply.body)).toHaveLength(0);
  });

  it('hands on trailers once the body has ended', async () => {
    const backendUrl = await aBackend((_request, response) => {
      response.writeHead(200, { Trailer: 'X-Sum' }).write('a');
      response.addTrailers([['X-Sum', '42']]);
      response.end();
    });
    const reply = await answered(aClient(), aRequest({ backendUrl }));
    await bytesOf(reply.body);
    expect(reply.trailers()).toEqual(['X-Sum', '42']);
  });

  it('does not follow a redirect', async () => {
    let calls = 0;
    const elsewhere = await aBackend((_request, response) => response.end(String(calls++)));
    const backendUrl = await aBackend((_request, response) => response.writeHead(302, { Location: elsewhere }).end());
    const reply = await answered(aClient(), aRequest({ backendUrl }));
    await bytesOf(reply.body);
    expect([reply.status, reply.rawHeaders.includes(elsewhere), calls]).toEqual([302, true, 0]);
  });

  it.each([
    ['bytes', (body: Buffer) => ({ body, rawHeaders: ['Content-Length', String(body.length)] })],
    [
      'a stream of known length',
      (body: Buffer) => ({ body: Readable.from([body]), rawHeaders: ['Content-Length', String(body.length)] }),
    ],
    [
      'a stream in chunks',
      (body: Buffer) => ({ body: Readable.from([body]), rawHeaders: ['Transfer-Encoding', 'chunked'] }),
    ],
  ])('is one request for the backend, whatever its body says: %s', async (_what, given) => {
    const smuggled = Buffer.from('0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n');
    const seen: string[] = [];
    const backendUrl = await aBackend(
      (request, response) =>
        void bytesOf(request).then(body => {
          seen.push(`${request.url} ${sha(body)}`);
          response.end();
        }),
    );
    const client = aClient();
    await bytesOf(
      (await answered(client, aRequest({ backendUrl, method: 'POST', url: '/one', ...given(smuggled) }))).body,
    );
    await bytesOf((await answered(client, aRequest({ backendUrl, url: '/two' }))).body);
    expect(seen).toEqual([`/one ${sha(smuggled)}`, `/two ${sha(Buffer.alloc(0))}`]);
  });

  it.each([
    ['Content-Length', '5', 'content-length', '6'],
    ['X', 'a\r\nY: b'],
  ])('is refused before anything is sent: %j', async (...rawHeaders) => {
    let connections = 0;
    const port = await listen(createServer(() => connections++));
    expect(
      await aClient().forward(
        aRequest({ backendUrl: `http://127.0.0.1:${port}`, method: 'POST', rawHeaders, body: Buffer.from('hello') }),
      ),
    ).toMatchObject({ problem: 'bad-request' });
    expect(connections).toBe(0);
  });
});

describe('streams', () => {
  it('carry 10 MB there and back', async () => {
    const payload = randomBytes(10_000_000);
    const backendUrl = await aBackend((request, response) => void request.pipe(response));
    const parts = Array.from({ length: 100 }, (_, i) => payload.subarray(i * 100_000, (i + 1) * 100_000));
    const reply = await answered(
      aClient(),
      aRequest({ backendUrl, method: 'POST', rawHeaders: ['Content-Length', '10000000'], body: Readable.from(parts) }),
    );
    const hash = createHash('sha256');
    for await (const chunk of reply.body as AsyncIterable<Buffer>) {
      hash.update(chunk);
      await turn();
    }
    expect(hash.digest('hex')).toBe(sha(payload));
  });

  it('wait for a reader who does not read, holding little', async () => {
    const { stream, made } = aSource(1_024);
    const backendUrl = await aBackend((_request, response) => void stream.pipe(response));
    const reply = await answered(aClient(), aRequest({ backendUrl }));
    expect(await standsStill(made)).toBeLessThan(512); // of 64 MB; the rest of the half is in the kernel's buffers
    expect(reply.body.readableLength).toBeLessThan(262_144);
    expect((await bytesOf(reply.body)).length).toBe(1_024 * 65_536);
  });

  it('wait for a backend that does not read, holding little', async () => {
    const { stream, made } = aSource(1_024);
    let request: IncomingMessage | undefined;
    const backendUrl = await aBackend((incoming, response) => {
      request = incoming;
      incoming.once('end', () => response.end('done'));
    });
    const result = answered(
      aClient(),
      aRequest({ backendUrl, method: 'PUT', rawHeaders: ['Transfer-Encoding', 'chunked'], body: stream }),
    );
    await until(() => request !== undefined);
    expect(await standsStill(made)).toBeLessThan(512);
    request?.resume();
    expect(String(await bytesOf((await result).body))).toBe('done');
    expect(made()).toBe(1_025);
  });

  it('survive a backend that answers before it has the body: the answer arrives, the rest is thrown away', async () => {
    const backendUrl = await aRawBackend(
      socket =>
        void socket.once('data', () =>
          socket.pause().write('HTTP/1.1 413 Too Large\r\nContent-Length: 7\r\n\r\ntoo big'),
        ),
    );
    const { stream, made } = aSource(512);
    const client = aClient();
    const reply = await answered(
      client,
      aRequest({ backendUrl, method: 'POST', rawHeaders: ['Content-Length', String(512 * 65_536)], body: stream }),
    );
    expect([reply.status, String(await bytesOf(reply.body))]).toEqual([413, 'too big']);
    if (!stream.readableEnded) await once(stream, 'end');
    expect(made()).toBe(513);
    const again = await answered(client, aRequest({ backendUrl, method: 'POST', body: Buffer.from('x') }));
    expect(again.status).toBe(413);
    await bytesOf(again.body);
  });
});

describe('a call that fails', () => {
  it('says that nobody listens, and throws the body away', async () => {
    const server = createServer();
    const port = await listen(server);
    await closeAll();
    const { stream } = aSource(64);
    const result = await aClient().forward(
      aRequest({ backendUrl: `http://127.0.0.1:${port}`, method: 'POST', body: stream }),
    );
    expect(result).toMatchObject({
      problem: 'backend-unreachable',
      detail: expect.stringContaining(`http://127.0.0.1:${port} refuses connections`),
    });
    if (!stream.readableEnded) await once(stream, 'end');
  });

  it('says that a name is unknown', async () => {
    expect(
      await aClient({ resolve: aResolver({}) }).forward(aRequest({ backendUrl: 'http://nowhere.test/' })),
    ).toMatchObject({ problem: 'backend-unreachable', detail: expect.stringContaining('cannot be resolved') });
  });

  it('gives up on a connection that does not come about', async () => {
    const client = aClient({ resolve: () => undefined, proxy: { connectTimeoutMs: 100 } });
    expect(await client.forward(aRequest({ backendUrl: 'http://silent.test/' }))).toMatchObject({
      problem: 'backend-timeout',
      detail: expect.stringContaining('PROXY_CONNECT_TIMEOUT_MS'),
    });
  });

  it('gives up on a backend that never answers', async () => {
    const backendUrl = await aRawBackend(() => undefined);
    expect(await aClient({ proxy: { responseTimeoutMs: 100 } }).forward(aRequest({ backendUrl }))).toMatchObject({
      problem: 'backend-timeout',
      detail: expect.stringContaining('PROXY_RESPONSE_TIMEOUT_MS'),
    });
  });

  it('breaks off a body that stops coming', async () => {
    const backendUrl = await aBackend((_request, response) => void response.write('part'));
    const reply = await answered(aClient({ proxy: { responseTimeoutMs: 100 } }), aRequest({ backendUrl }));
    await expect(bytesOf(reply.body)).rejects.toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' });
  });

  it('knows its own request again', async () => {
    const client = aClient();
    let calls = 0;
    const relay = async (
      backendUrl: () => string,
      [incoming, outgoing]: [IncomingMessage, ServerResponse],
      by: BackendClient,
    ): Promise<void> => {
      calls++;
      const result = await by.forward(
        aRequest({ backendUrl: backendUrl(), url: incoming.url ?? '/', rawHeaders: incoming.rawHeaders }),
      );
      if (result.kind === 'answered') result.body.pipe(outgoing.writeHead(result.status));
      else outgoing.writeHead(result.problem === 'proxy-loop' ? 508 : 500).end(result.problem);
    };
    const itself: string = await aBackend((...exchange) => void relay(() => itself, exchange, client));
    const reply = await answered(client, aRequest({ backendUrl: itself }));
    expect([reply.status, String(await bytesOf(reply.body)), calls]).toEqual([508, 'proxy-loop', 1]);
    const other = aClient();
    calls = 0;
    const there: string = await aBackend((...exchange) => void relay(() => back, exchange, other));
    const back: string = await aBackend((...exchange) => void relay(() => there, exchange, client));
    const roundTrip = await answered(client, aRequest({ backendUrl: there }));
    expect([roundTrip.status, String(await bytesOf(roundTrip.body)), calls]).toEqual([508, 'proxy-loop', 2]);
  });
});
