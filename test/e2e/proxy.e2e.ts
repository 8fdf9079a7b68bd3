import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { createHash, randomBytes } from 'node:crypto';
import { type AddressInfo } from 'node:net';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { freePort } from '../support/server';

const tenMegabytes = randomBytes(10 * 1_024 * 1_024);
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A small real API: echoes, serves 10 MB, counts what it was sent, and can be silent. */
function startBackend(): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.url === '/big')
      return void outgoing
        .writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': tenMegabytes.length })
        .end(tenMegabytes);
    if (incoming.url === '/silent') return;
    if (incoming.url === '/half') {
      outgoing.writeHead(200, { 'Content-Length': 1_000 });
      outgoing.write('half');
      return void setTimeout(() => outgoing.destroy(), 50);
    }
    void bodyOf(incoming).then(body => {
      outgoing.writeHead(201, 'Made It', [
        'X-MiXed-Case',
        'yes',
        'Set-Cookie',
        'a=1',
        'Set-Cookie',
        'b=2',
        'Content-Type',
        'application/json',
      ]);
      outgoing.end(
        JSON.stringify({
          method: incoming.method,
          url: incoming.url,
          rawHeaders: incoming.rawHeaders,
          bytes: body.length,
          sha256: sha(body),
        }),
      );
    });
  });
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)));
}

interface Answer {
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

function call(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string | string[]>; body?: Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, response => {
      bodyOf(response).then(
        bytes =>
          resolve({
            status: response.statusCode,
            reason: response.statusMessage,
            rawHeaders: response.rawHeaders,
            body: bytes,
          }),
        reject,
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const valuesOf = (rawHeaders: readonly string[], name: string): string[] =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name.toLowerCase());

describe('a request that no mock answers', () => {
  let backend: Server;
  let server: ScratchServer;

  beforeAll(async () => {
    backend = await startBackend();
    server = await startScratchServer({
      BACKEND_URL: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`,
      PROXY_RESPONSE_TIMEOUT_MS: '400',
    });
  });
  afterAll(async () => {
    await server.remove();
    backend.closeAllConnections();
    await new Promise(resolve => backend.close(resolve));
  });

  it('reaches the backend with its method, URL, headers and body, and its reply comes back whole', async () => {
    const answer = await call(`${server.url}/a//b/%zz?x=1&y=a%20b`, {
      method: 'POST',
      headers: { 'X-Ask': ['one', 'two'], Authorization: 'Bearer t' },
      body: Buffer.from('{"a":'),
    });
    const seen = JSON.parse(answer.body.toString()) as {
      method: string;
      url: string;
      rawHeaders: string[];
      bytes: number;
    };
    expect(answer).toMatchObject({ status: 201, reason: 'Made It' });
    expect(answer.rawHeaders).toContain('X-MiXed-Case');
    expect(valuesOf(answer.rawHeaders, 'set-cookie')).toEqual(['a=1', 'b=2']);
    expect(seen).toMatchObject({ method: 'POST', url: '/a//b/%zz?x=1&y=a%20b', bytes: 5 });
    expect(valuesOf(seen.rawHeaders, 'x-ask')).toEqual(['one', 'two']);
    expect(valuesOf(seen.rawHeaders, 'authorization')).toEqual(['Bearer t']);
    expect(valuesOf(seen.rawHeaders, 'x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(valuesOf(seen.rawHeaders, 'host')).toEqual([`127.0.0.1:${(backend.address() as AddressInfo).port}`]);
  });

  it('is answered by the mock, once there is one', async () => {
    expect((await call(`${server.url}/later`)).status).toBe(201);
    await call(`${server.url}/__admin/mappings`, {
      method: 'POST',
      body: Buffer.from(JSON.stringify({ request: { url: '/later' }, response: { body: 'mocked' } })),
    });
    expect((await call(`${server.url}/later`)).body.toString()).toBe('mocked');
  });

  it('streams 10 MB up and 10 MB down, byte for byte', async () => {
    const up = await call(`${server.url}/upload`, { method: 'PUT', body: tenMegabytes });
    expect(JSON.parse(up.body.toString())).toMatchObject({ bytes: tenMegabytes.length, sha256: sha(tenMegabytes) });
    const down = await call(`${server.url}/big`);
    expect(sha(down.body)).toBe(sha(tenMegabytes));
  });

  it('does not wait for a slow client to read before it serves others', async () => {
    const slow = await new Promise<IncomingMessage>((resolve, reject) =>
      httpRequest(`${server.url}/big`, resolve).on('error', reject).end(),
    );
    slow.pause();
    const others = await Promise.all(Array.from({ length: 20 }, () => call(`${server.url}/quick`)));
    expect(others.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    expect(sha(await bodyOf(slow))).toBe(sha(tenMegabytes));
  });

  it('is a 504 problem when the backend says nothing', async () => {
    const answer = await call(`${server.url}/silent`);
    expect(answer.status).toBe(504);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 'backend-timeout' });
  });

  it('is cut off, and never ends as if it were whole, when the backend breaks off', async () => {
    await expect(call(`${server.url}/half`)).rejects.toThrow(/aborted|socket hang up|ECONNRESET/);
  });

  it('is a 502 problem when the backend is dead', async () => {
    const dead = await freePort();
    await call(`${server.url}/__admin/workspaces`, {
      method: 'POST',
      body: Buffer.from(JSON.stringify({ slug: 'dead', name: 'Dead', backendUrl: `http://127.0.0.1:${dead}` })),
    });
    const answer = await call(`${server.url}/__w/dead/x`);
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 'backend-unreachable' });
  });

  it('is in the journal with where its reply came from', async () => {
    const answer = await call(`${server.url}/__admin/requests?limit=50&view=full`);
    const { requests } = JSON.parse(answer.body.toString()) as {
      requests: { request: { url: string }; source: string; response: { status: number } }[];
    };
    expect(requests.find(({ request }) => request.url === '/upload')).toMatchObject({
      source: 'proxy',
      response: { status: 201 },
    });
    expect(requests.find(({ request }) => request.url === '/later')).toMatchObject({ source: 'mock' });
  });
});
