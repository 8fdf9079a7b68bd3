import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { startReceiver, type Received, type Receiver } from '../support/receiver';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';

let scratch: Scratch;
let server: TestServer;
let receiver: Receiver;
let count = 0;

const start = (name: string, env: Record<string, string> = {}): Promise<TestServer> =>
  startServer({
    DATABASE_URL: `sqlite:${join(scratch.folder, `${name}.db`)}`,
    DATA_DIR: join(scratch.folder, name),
    WEBHOOK_TIMEOUT_MS: '1000',
    WEBHOOK_MAX_RUNNING: '2',
    WEBHOOK_MAX_WAITING: '3',
    ...env,
  });

beforeAll(async () => {
  scratch = await makeScratch();
  receiver = await startReceiver();
  server = await start('main');
});
afterAll(async () => {
  await server.stop();
  await receiver.close();
  await scratch.remove();
});

/** Makes a mock whose webhook goes to a path of its own, and gives that path. */
const mockWith = async (parameters: object, { field = 'serveEventListeners', on = server } = {}): Promise<string> => {
  const path = `/hook-${++count}`;
  const listeners = [{ name: 'webhook', parameters: { url: `${receiver.url}${path}`, ...parameters } }];
  const body = { request: { urlPath: path }, response: { status: 200, body: 'ok' }, [field]: listeners };
  const made = await call(on.url, 'POST /__admin/mappings', { body });
  expect([made.status, made.headers['x-mock-warnings']]).toEqual([201, undefined]);
  return path;
};
const sentTo = (path: string): Received[] => receiver.received.filter(({ line }) => line.includes(path));
const arrives = async (path: string): Promise<Received> => {
  await eventually(() => sentTo(path).length > 0);
  return sentTo(path)[0]!;
};
const subEvents = async (path: string): Promise<{ type: string; data: Record<string, unknown> }[]> => {
  const { json } = await call(server.url, 'GET /__admin/requests');
  return json.requests.find(({ request }: { request: { url: string } }) => request.url.startsWith(path)).subEvents;
};
const told = async (path: string, type: string): Promise<Record<string, unknown>> => {
  await eventually(async () => (await subEvents(path)).some(event => event.type === type));
  return (await subEvents(path)).find(event => event.type === type)!.data;
};

describe('a webhook', () => {
  it('is sent after the reply, with method, headers and body made from the request', async () => {
    const path = await mockWith({
      method: 'POST',
      url: `${receiver.url}/x{{originalRequest.path}}?q={{originalRequest.query.z}}`,
      headers: { 'Content-Type': 'application/json', 'X-List': ['a', 'b'], 'X-Extra': '{{parameters.extra}}' },
      body: '{"got":"{{jsonPath originalRequest.body "$.a"}}","by":"{{originalRequest.method}}"}',
      extra: 'E',
    });
    const answer = await call(server.url, `POST ${path}?z=7`, { body: { a: 'tea' } });
    const { line, headers, body } = await arrives(path);
    expect(answer).toMatchObject({ status: 200, text: 'ok' });
    expect(line).toBe(`POST /x${path}?q=7`);
    expect(headers).toEqual(
      expect.arrayContaining(['Content-Type: application/json', 'X-List: a', 'X-List: b', 'X-Extra: E']),
    );
    expect(body.toString()).toBe('{"got":"tea","by":"POST"}');
    expect(await told(path, 'WEBHOOK_REQUEST')).toMatchObject({
      method: 'POST',
      url: `/x${path}?q=7`,
      absoluteUrl: `${receiver.url}/x${path}?q=7`,
      headers: { 'Content-Type': 'application/json', 'X-List': ['a', 'b'], 'X-Extra': 'E' },
      body: '{"got":"tea","by":"POST"}',
      host: '127.0.0.1',
    });
    expect(await told(path, 'WEBHOOK_RESPONSE')).toMatchObject({
      status: 202,
      headers: { 'X-Receiver': 'yes' },
      body: 'there',
    });
  });

  it('may be a post-serve action, in both its forms', async () => {
    const path = await mockWith({ method: 'PUT', base64Body: 'AAEC/w==' }, { field: 'postServeActions' });
    const old = `/hook-${++count}`;
    const postServeActions = { webhook: { method: 'POST', url: `${receiver.url}${old}`, body: 'old' } };
    await call(server.url, 'POST /__admin/mappings', { body: { request: { url: old }, postServeActions } });
    await call(server.url, `GET ${path}`);
    await call(server.url, `GET ${old}`);
    expect(await arrives(path)).toMatchObject({ line: `PUT ${path}`, body: Buffer.from([0, 1, 2, 255]) });
    expect((await arrives(old)).body.toString()).toBe('old');
  });

  it('is a GET without a body when nothing else is said', async () => {
    const path = await mockWith({ body: 'not sent' });
    await call(server.url, `GET ${path}`);
    const { line, headers, body } = await arrives(path);
    expect([line, body.length]).toEqual([`GET ${path}`, 0]);
    expect(headers.join('\n')).not.toMatch(/content-length: [1-9]/i);
  });

  it('waits for its delay, fixed or drawn; the reply does not', async () => {
    const path = await mockWith({ delay: { type: 'fixed', milliseconds: 300 } });
    const drawn = await mockWith({ delay: { type: 'uniform', lower: 5, upper: 20 } });
    const begin = performance.now();
    await call(server.url, `GET ${path}`);
    await call(server.url, `GET ${drawn}`);
    await arrives(drawn);
    expect(sentTo(path)).toEqual([]);
    await arrives(path);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(299);
  });

  it('tells in the journal why it was not sent', async () => {
    const closed = await mockWith({ url: 'http://127.0.0.1:9/nobody' });
    const metadata = await mockWith({ url: 'http://169.254.169.254/latest' });
    const template = await mockWith({ url: '{{originalRequest.query.to}}' });
    for (const path of [closed, metadata, template]) await call(server.url, `GET ${path}?to=nowhere`);
    expect(await told(closed, 'ERROR')).toMatchObject({
      message: expect.stringContaining('Failed to fire webhook GET'),
    });
    expect(await told(metadata, 'ERROR')).toMatchObject({ message: expect.stringContaining('metadata address') });
    expect(await told(template, 'ERROR')).toMatchObject({
      message: expect.stringContaining("'nowhere' is not an http"),
    });
  });

  it('cannot smuggle a header in, nor frame the message', async () => {
    const path = await mockWith({
      method: 'POST',
      headers: { 'X-Bad': '{{originalRequest.body}}', 'X-Good': 'good', 'Content-Length': '99', Connection: 'close' },
      body: 'four',
    });
    await call(server.url, `POST ${path}`, { body: 'a\r\nX-Evil: 1' });
    const { headers, body } = await arrives(path);
    expect(headers.join('\n')).not.toMatch(/evil|X-Bad/i);
    expect(headers).toEqual(expect.arrayContaining(['X-Good: good']));
    expect(body.toString()).toBe('four');
    expect(await told(path, 'WARNING')).toMatchObject({ message: expect.stringContaining('X-Bad') });
  });

  it('does not go in circles', async () => {
    const path = await mockWith({ url: `${server.url}/hook-${count + 1}` });
    const turns = async (): Promise<number> =>
      (await call(server.url, 'POST /__admin/requests/count', { body: { url: path } })).json.count as number;
    await call(server.url, `GET ${path}`);
    await eventually(async () => (await turns()) === 11);
    expect(await told(path, 'ERROR')).toMatchObject({ message: expect.stringContaining('caused by 10 others') });
    expect(await turns()).toBe(11);
  });

  it('is refused at save when it could never be sent', async () => {
    const refused = async (parameters: object): Promise<string> => {
      const body = { request: { url: '/bad' }, serveEventListeners: [{ name: 'webhook', parameters }] };
      const answer = await call(server.url, 'POST /__admin/mappings', { body });
      expect(answer.status).toBe(422);
      return answer.json.mistakes[0].pointer as string;
    };
    const at = '/serveEventListeners/0/parameters';
    expect(await refused({ method: 'POST' })).toBe(`${at}/url`);
    expect(await refused({ url: 'ftp://example.test/' })).toBe(`${at}/url`);
    expect(await refused({ url: 'http://a.test/', body: '{{#if}' })).toBe(`${at}/body`);
    expect(await refused({ url: 'http://a.test/', headers: { 'a b': 'c' } })).toBe(`${at}/headers/a b`);
    expect(await refused({ url: 'http://a.test/', delay: { type: 'some' } })).toMatch(`${at}/delay`);
  });

  it('of a name that is not known is kept, and named in a warning', async () => {
    const body = { request: { url: '/other' }, serveEventListeners: [{ name: 'other-listener' }] };
    const made = await call(server.url, 'POST /__admin/mappings', { body });
    expect(made.status).toBe(201);
    expect(made.headers['x-mock-warnings']).toContain('/serveEventListeners/0');
    expect(made.json.serveEventListeners).toEqual([{ name: 'other-listener' }]);
  });
});

describe('many webhooks', () => {
  it('wait their turn; those beyond the bound are dropped, counted and told; a slow receiver holds nobody for ever', async () => {
    receiver.hold(true);
    const path = await mockWith({});
    for (let n = 0; n < 8; n++) expect((await call(server.url, `GET ${path}`)).status).toBe(200);
    const metric = async (line: string): Promise<number> =>
      Number(new RegExp(`^${line} (\\d+)$`, 'm').exec((await call(server.consoleUrl, 'GET /metrics')).text)?.[1] ?? -1);
    await eventually(async () => (await metric('webhooks_total{result="dropped"}')) === 3);
    await eventually(async () => (await metric('webhooks_waiting')) === 0 && (await metric('webhooks_running')) === 0);
    const { json } = await call(server.url, 'GET /__admin/requests');
    const messages = JSON.stringify(json.requests.map(({ subEvents: events }: { subEvents: object }) => events));
    expect(messages).toContain('WEBHOOK_MAX_WAITING');
    expect(messages).toContain('no whole answer within 1000 ms');
    receiver.hold(false);
  });

  it('that are due are sent before the server ends', async () => {
    const own = await start('drain');
    const path = await mockWith(
      { method: 'POST', body: 'late', delay: { type: 'fixed', milliseconds: 400 } },
      { on: own },
    );
    await call(own.url, `GET ${path}`);
    expect(await own.stop()).toBe(0);
    expect(sentTo(path).map(({ body }) => body.toString())).toEqual(['late']);
  });
});
