import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createRawServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TLSSocket } from 'node:tls';
import { type BackendSettings } from '@mock-server/workspaces';
import { type BackendClient } from './backend-client';
import { aBackend, aClient, answered, aRawBackend, aRequest, bytesOf, closeAll, listen } from './spec-backends';

afterEach(closeAll);

async function ask(
  client: BackendClient,
  backendUrl: string,
  backend: BackendSettings,
  more: Partial<Parameters<typeof aRequest>[0]> = {},
): Promise<{ status: number; body: string; rawHeaders: readonly string[] }> {
  const reply = await answered(client, aRequest({ backendUrl, backend, ...more }));
  return { status: reply.status, body: String(await bytesOf(reply.body)), rawHeaders: reply.rawHeaders };
}

describe('the rules of a workspace for its backend', () => {
  const echo = (): Promise<string> =>
    aBackend((request, response) => {
      response.setHeader('X-Powered-By', 'x');
      response.end(JSON.stringify({ url: request.url, host: request.headers.host, x: request.headers['x-key'] }));
    });

  it('change path, headers both ways and Host', async () => {
    const backendUrl = `${await echo()}/base`;
    const { body, rawHeaders } = await ask(
      aClient(),
      backendUrl,
      {
        rewrite: [{ from: '/api/(.*)', to: '/v2/$1' }],
        requestHeaders: { set: { 'X-Key': 'k' } },
        replyHeaders: { set: { 'X-Via': 'mock' }, remove: ['x-powered-by'] },
        host: 'api.example.test',
      },
      { url: '/api/users?a=1' },
    );
    expect(JSON.parse(body)).toEqual({ url: '/base/v2/users?a=1', host: 'api.example.test', x: 'k' });
    expect(rawHeaders).toEqual(expect.arrayContaining(['X-Via', 'mock']));
    expect(rawHeaders).not.toContain('X-Powered-By');
  });

  it("pass the client's Host on", async () => {
    const { body } = await ask(aClient(), await echo(), { host: 'client' });
    expect(JSON.parse(body)).toMatchObject({ host: 'mock.test' });
  });
});

describe('a call that fails at the connection', () => {
  /** Drops so many connections, then answers. */
  const flaky = async (drops: number): Promise<{ backendUrl: string; calls: () => number }> => {
    let calls = 0;
    const backendUrl = await aRawBackend(socket => {
      socket.once('data', () =>
        ++calls > drops ? socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok') : socket.destroy(),
      );
    });
    return { backendUrl, calls: () => calls };
  };

  it('is tried again once, when it changes nothing', async () => {
    const { backendUrl, calls } = await flaky(1);
    expect(await ask(aClient(), backendUrl, {})).toMatchObject({ body: 'ok' });
    expect(calls()).toBe(2);
  });

  it('is not tried again when it may change something, when it has a body, or when the workspace says so', async () => {
    const { backendUrl, calls } = await flaky(100);
    const client = aClient();
    for (const request of [{ method: 'POST' }, { method: 'GET', body: Buffer.from('x') }, { backend: { retries: 0 } }])
      expect(await client.forward(aRequest({ backendUrl, ...request }))).toMatchObject({
        problem: 'backend-unreachable',
      });
    expect(calls()).toBe(3);
  });

  it('is tried again within a budget: a backend that is down is not asked twice as much', async () => {
    const { backendUrl, calls } = await flaky(1_000);
    const client = aClient();
    for (let i = 0; i < 40; i++) await client.forward(aRequest({ backendUrl, backend: { retries: 5, breakAfter: 0 } }));
    expect(calls()).toBeLessThanOrEqual(40 + 10 + 4);
    expect(calls()).toBeGreaterThan(45);
  });

  it('opens the breaker after so many in a row; then callers hear at once', async () => {
    const { backendUrl, calls } = await flaky(1_000);
    const client = aClient();
    const backend = { retries: 0, breakAfter: 3 };
    const problems: string[] = [];
    for (let i = 0; i < 6; i++) {
      const result = await client.forward(aRequest({ backendUrl, backend }));
      problems.push(result.kind === 'failed' ? result.problem : result.kind);
    }
    expect(problems.slice(0, 3)).toEqual(Array(3).fill('backend-unreachable'));
    expect(problems.slice(3)).toEqual(Array(3).fill('backend-resting'));
    expect(calls()).toBe(3);
  });
});

describe('a redirect', () => {
  it('is passed on unless the workspace wants it followed', async () => {
    const backendUrl = await aBackend((request, response) =>
      request.url === '/there'
        ? response.end('there')
        : response.writeHead(302, { Location: '/there' }).end('this way'),
    );
    expect(await ask(aClient(), backendUrl, {})).toMatchObject({ status: 302, body: 'this way' });
    expect(await ask(aClient(), backendUrl, { redirects: 'follow' })).toMatchObject({ status: 200, body: 'there' });
    expect(await ask(aClient(), backendUrl, { redirects: 'follow' }, { method: 'POST' })).toMatchObject({
      status: 302,
    });
  });

  it('to another origin gets neither credentials nor the headers of the workspace (P-20)', async () => {
    let seen: NodeJS.Dict<string | string[]> = {};
    const other = await aBackend((request, response) => {
      seen = request.headers;
      response.end('other');
    });
    const backendUrl = await aBackend((_request, response) =>
      response.writeHead(307, { Location: `${other}/x` }).end(),
    );
    const { body } = await ask(
      aClient(),
      backendUrl,
      { redirects: 'follow', requestHeaders: { set: { 'X-Api-Key': 'k' } } },
      { rawHeaders: ['Authorization', 'Bearer t', 'Cookie', 'a=b', 'X-Kept', '1'] },
    );
    expect(body).toBe('other');
    expect(seen).toMatchObject({ 'x-kept': '1' });
    expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(['authorization']));
    for (const name of ['authorization', 'cookie', 'x-api-key']) expect(seen[name]).toBeUndefined();
  });

  it('passes the gate anew: the trust in the backend does not extend to where it points', async () => {
    let connections = 0;
    const port = await listen(createRawServer(() => connections++));
    const backendUrl = await aBackend((_request, response) =>
      response.writeHead(302, { Location: `http://localhost:${port}/` }).end(),
    );
    const client = aClient({ env: { HOST: '0.0.0.0', ALLOW_UNAUTHENTICATED: 'true' } });
    const result = await client.forward(aRequest({ backendUrl, backend: { redirects: 'follow' } }));
    expect(result).toMatchObject({ kind: 'failed', problem: 'outbound-refused' });
    expect(connections).toBe(0);
  });

  it('in a ring ends after five', async () => {
    let calls = 0;
    const backendUrl = await aBackend((_request, response) => {
      calls++;
      response.writeHead(301, { Location: '/again' }).end();
    });
    expect(await ask(aClient(), backendUrl, { redirects: 'follow' })).toMatchObject({ status: 301 });
    expect(calls).toBe(6);
  });
});

describe('an https backend', () => {
  let folder: string;
  const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mock-server-tls-'));
    const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=Test CA');
    for (const [name, alternative] of [
      ['server', 'DNS:api.test'],
      ['team-a', 'DNS:team-a'],
    ] as const) {
      openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      writeFileSync(join(folder, 'ext'), `subjectAltName=${alternative}`);
      openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'ext', '-out', `${name}.crt`); // prettier-ignore
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const aServer = async (): Promise<string> => {
    const server = createHttpsServer(
      {
        cert: pem('server.crt'),
        key: pem('server.key'),
        ca: pem('ca.crt'),
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => response.end(String((request.socket as TLSSocket).authorized)),
    );
    return `https://127.0.0.1:${await listen(server)}`;
  };

  it('is refused when nobody known signed it, and when it is another host', async () => {
    const backendUrl = await aServer();
    const refused = { kind: 'failed', problem: 'backend-unreachable' };
    expect(await aClient().forward(aRequest({ backendUrl }))).toMatchObject({
      ...refused,
      detail: expect.stringContaining('No secure connection') as unknown,
    });
    const backend = { tls: { ca: pem('ca.crt') } };
    expect(await aClient().forward(aRequest({ backendUrl, backend }))).toMatchObject(refused);
  });

  it('is called with the CA and the name that the workspace gives, or without looking when it says so', async () => {
    const backendUrl = await aServer();
    const { body } = await ask(aClient(), backendUrl, { tls: { ca: pem('ca.crt'), serverName: 'api.test' } });
    expect(body).toBe('false');
    expect(await ask(aClient(), backendUrl, { tls: { insecure: true } })).toMatchObject({ body: 'false' });
  });

  it('sees the client certificate of the workspace, and a missing one is said', async () => {
    const backendUrl = await aServer();
    const client = aClient({ proxy: { tlsFolder: folder } });
    const tls = { ca: pem('ca.crt'), serverName: 'api.test' };
    expect(await ask(client, backendUrl, { tls: { ...tls, clientCertificate: 'team-a' } })).toMatchObject({
      body: 'true',
    });
    const missing = await client.forward(aRequest({ backendUrl, backend: { tls: { clientCertificate: 'team-b' } } }));
    expect(missing).toMatchObject({
      problem: 'backend-unreachable',
      detail: expect.stringContaining('team-b') as unknown,
    });
  });

  it('is spoken to in HTTP/2 when the workspace offers it, bodies and trailers included', async () => {
    const server = createSecureServer({ cert: pem('server.crt'), key: pem('server.key'), allowHTTP1: true });
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (request.httpVersionMajor === 2) response.addTrailers({ 'x-end': '1' });
        response.setHeader('X-Version', request.httpVersion);
        response.end(Buffer.concat(chunks));
      });
    });
    const backendUrl = `https://127.0.0.1:${await listen(server)}`;
    const tls = { ca: pem('ca.crt'), serverName: 'api.test' };
    const body = Buffer.from('hello');
    const post = { method: 'POST', body, rawHeaders: ['Content-Type', 'text/plain', 'Connection', 'keep-alive'] };
    const two = await ask(aClient(), backendUrl, { http2: true, tls }, post);
    expect(two.body).toBe('hello');
    expect(two.rawHeaders).toEqual(expect.arrayContaining(['x-version', '2.0']));
    const one = await ask(aClient(), backendUrl, { tls }, post);
    expect(one.rawHeaders).toEqual(expect.arrayContaining(['X-Version', '1.1']));
    const many = await Promise.all(
      Array.from({ length: 50 }, (_, i) => ask(aClient(), `${backendUrl}/${i}`, { http2: true, tls })),
    );
    expect(many.every(({ status }) => status === 200)).toBe(true);
  });
});
