import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createHash, randomBytes } from 'node:crypto';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { freePort } from '../support/server';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly bytes: number;
  readonly sha256: string;
}

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const sixMegabytes = randomBytes(6 * 1_024 * 1_024);

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A real API that tells what it was asked. */
async function startBackend(): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://backend');
    if (url.pathname.endsWith('/half')) {
      outgoing.writeHead(200, { 'Content-Length': 1_000, 'Content-Type': 'application/json' });
      outgoing.write('{"half":');
      return void setTimeout(() => outgoing.destroy(), 30);
    }
    if (url.pathname.endsWith('/zipped')) {
      const isWelcome = /gzip/.test(String(incoming.headers['accept-encoding']));
      const text = '{"zipped":true,"secret":1}';
      outgoing.writeHead(200, { 'Content-Type': 'application/json', ...(isWelcome && { 'Content-Encoding': 'gzip' }) });
      return void outgoing.end(isWelcome ? gzipSync(text) : text);
    }
    if (url.pathname.endsWith('/text')) return void outgoing.writeHead(200, 'Fine', ['Server', 'real']).end('text');
    void bodyOf(incoming).then(body => {
      const { method = '', url: asked = '', rawHeaders } = incoming;
      const seen: Seen = { method, url: asked, rawHeaders, bytes: body.length, sha256: sha(body) };
      outgoing.writeHead(201, ['Content-Type', 'application/json', 'Vary', 'Accept', 'Server', 'real']);
      outgoing.end(JSON.stringify(seen));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}

interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly rawHeaders: readonly string[];
  readonly text: string;
}

function call(
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, response => {
      const { statusCode: status = 0, statusMessage: reason = '', rawHeaders } = response;
      bodyOf(response).then(bytes => resolve({ status, reason, rawHeaders, text: bytes.toString() }), reject);
    });
    request.on('error', reject).end(body);
  });
}

const valuesOf = (rawHeaders: readonly string[], name: string): string[] =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name.toLowerCase());

describe('a mock that passes its request on', () => {
  let backend: Server;
  let server: ScratchServer;
  let origin: string;

  beforeAll(async () => {
    backend = await startBackend();
    origin = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
    server = await startScratchServer({
      MAX_BODY_BYTES: '1000000',
    });
  });
  afterAll(async () => {
    await server.remove();
    backend.closeAllConnections();
    await new Promise(resolve => backend.close(resolve));
  });
  beforeEach(async () => {
    await fetch(`${server.url}/__admin/mappings`, { method: 'DELETE' });
    await fetch(`${server.url}/__admin/requests`, { method: 'DELETE' });
  });

  async function mock(response: object, request: object = { urlPathPattern: '/.*' }): Promise<string> {
    const made = await fetch(`${server.url}/__admin/mappings`, {
      method: 'POST',
      body: JSON.stringify({ request, response: { proxyBaseUrl: origin, ...response } }),
    });
    expect(made.status).toBe(201);
    return ((await made.json()) as { id: string }).id;
  }

  async function journal(): Promise<Record<string, unknown>[]> {
    const answer = await fetch(`${server.url}/__admin/requests?view=full`);
    return ((await answer.json()) as { requests: Record<string, unknown>[] }).requests;
  }

  it('asks as the client asked, and shows the backend no header of its own but Via', async () => {
    await mock({});
    const answer = await call(`${server.url}/a//b/%zz?x=1&y=a%20b`, {
      method: 'PUT',
      headers: { 'X-Ask': 'one', Authorization: 'Bearer t', Cookie: 'a=1' },
      body: Buffer.from('hello'),
    });
    const seen = JSON.parse(answer.text) as Seen;
    expect(answer.status).toBe(201);
    expect(seen).toMatchObject({ method: 'PUT', url: '/a//b/%zz?x=1&y=a%20b', bytes: 5 });
    const names = seen.rawHeaders.filter((_, i) => i % 2 === 0).map(name => name.toLowerCase());
    expect(names.sort()).toEqual(['authorization', 'connection', 'content-length', 'cookie', 'host', 'via', 'x-ask']);
    expect(valuesOf(seen.rawHeaders, 'host')).toEqual([new URL(origin).host]);
    expect(valuesOf(answer.rawHeaders, 'matched-stub-id')).toEqual([]);
  });

  it('streams more than it would read for a mock', async () => {
    await mock({});
    const answer = await call(`${server.url}/upload`, { method: 'POST', body: sixMegabytes });
    expect(JSON.parse(answer.text)).toMatchObject({ bytes: sixMegabytes.length, sha256: sha(sixMegabytes) });
  });

  it('leaves what its conditions do not fit to others, body conditions included', async () => {
    await mock({}, { urlPath: '/a', bodyPatterns: [{ equalTo: 'real' }] });
    expect((await call(`${server.url}/a`, { method: 'POST', body: Buffer.from('real') })).status).toBe(201);
    expect((await call(`${server.url}/a`, { method: 'POST', body: Buffer.from('other') })).status).toBe(404);
  });

  it('adds, keeps back and renames what the mapping says', async () => {
    await mock({
      proxyBaseUrl: `${origin}/v1`,
      proxyUrlPrefixToRemove: '/api',
      additionalProxyRequestHeaders: { 'X-Added': 'by mock', Host: 'shop.test' },
      removeProxyRequestHeaders: ['x-secret'],
      headers: { Vary: 'X-Mocked', 'content-type': 'text/mocked' },
    });
    const answer = await call(`${server.url}/api/users`, { headers: { 'X-Secret': 's', 'X-Kept': 'k' } });
    const seen = JSON.parse(answer.text) as Seen;
    expect(seen.url).toBe('/v1/users');
    expect(valuesOf(seen.rawHeaders, 'x-added')).toEqual(['by mock']);
    expect(valuesOf(seen.rawHeaders, 'x-kept')).toEqual(['k']);
    expect(valuesOf(seen.rawHeaders, 'x-secret')).toEqual([]);
    expect(valuesOf(seen.rawHeaders, 'host')).toEqual(['shop.test']);
    expect(valuesOf(answer.rawHeaders, 'vary')).toEqual(['Accept', 'X-Mocked']);
    expect(valuesOf(answer.rawHeaders, 'content-type')).toEqual(['text/mocked']);
  });

  it('changes status, headers and JSON of the answer, compressed or not', async () => {
    await mock({
      proxyPatch: {
        status: 503,
        headers: { Server: null, 'Content-Type': 'application/x+json' },
        json: { secret: null, a: { b: 1 } },
      },
    });
    const answer = await call(`${server.url}/zipped`, { headers: { 'Accept-Encoding': 'gzip' } });
    expect([answer.status, answer.reason]).toEqual([503, 'Service Unavailable']);
    expect(valuesOf(answer.rawHeaders, 'content-type')).toEqual(['application/x+json']);
    expect(JSON.parse(answer.text)).toEqual({ zipped: true, a: { b: 1 } });
    const plain = await call(`${server.url}/text`);
    expect([plain.text, plain.status, valuesOf(plain.rawHeaders, 'server')]).toEqual(['text', 503, []]);
  });

  it('waits before the answer as long as the mapping says', async () => {
    await mock({ fixedDelayMilliseconds: 200 });
    const startedAt = performance.now();
    expect((await call(`${server.url}/text`)).text).toBe('text');
    expect(performance.now() - startedAt).toBeGreaterThan(195);
    expect(await journal()).toMatchObject([{ timing: { addedDelay: 200 } }]);
  });

  it('is in the journal as a hit of that mock, answered by the backend', async () => {
    const id = await mock({});
    await call(`${server.url}/text`);
    expect(await journal()).toMatchObject([
      {
        source: 'proxy',
        wasMatched: true,
        stubMapping: { id },
        request: { url: '/text' },
        response: { status: 200, body: 'text', headers: { Server: 'real' } },
      },
    ]);
  });

  it('says what is wrong when there is nobody, nothing valid, or no way there', async () => {
    await mock({ proxyBaseUrl: `http://127.0.0.1:${await freePort()}` }, { urlPath: '/dead' });
    await mock({ proxyBaseUrl: 'http://169.254.169.254/' }, { urlPath: '/metadata' });
    await mock({ proxyBaseUrl: 'http://10.0.0.1/' }, { urlPath: '/private' });
    await mock(
      {
        proxyBaseUrl: `${origin}/{{request.query.x}}`,
        transformers: ['response-template'],
        additionalProxyRequestHeaders: { X: "{{date 'x' format=1}}" },
      },
      { urlPath: '/template' },
    );
    const dead = await call(`${server.url}/dead`);
    expect([dead.status, valuesOf(dead.rawHeaders, 'content-type')]).toEqual([502, []]);
    expect(dead.text).toMatch(/refuses connections/);
    expect((await call(`${server.url}/metadata`)).text).toMatch(/metadata address, which is never called/);
    expect((await call(`${server.url}/private`)).text).toMatch(/To allow it, add 10\.0\.0\.1:80 to OUTBOUND_ALLOW/);
  });

  it('never passes a part for the whole', async () => {
    await mock({});
    await expect(call(`${server.url}/half`)).rejects.toThrow(/aborted|socket hang up|ECONNRESET/);
    await mock({ proxyPatch: { json: { a: 1 } } });
    const patched = await call(`${server.url}/half`);
    expect([patched.status, patched.text]).toEqual([502, 'The backend broke off.\n']);
  });

  it('does not go round in circles', async () => {
    await mock({ proxyBaseUrl: server.url });
    const answer = await call(`${server.url}/round`);
    expect(answer.status).toBe(508);
  });
});
