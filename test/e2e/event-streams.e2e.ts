import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { openSocket, readReplies, watchRaw } from '../support/raw-http';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type ServerEnv, type TestServer } from '../support/server';

let scratch: Scratch;
let server: TestServer;

async function start(more: ServerEnv = {}): Promise<void> {
  scratch = await makeScratch();
  server = await startServer({
    DATABASE_URL: `sqlite:${join(scratch.folder, 'mock-server.db')}`,
    DATA_DIR: scratch.folder,
    LOG_LEVEL: 'error',
    ...more,
  });
}

afterEach(async () => {
  await server?.kill();
  await scratch?.remove();
});

const mock = (urlPath: string, serverSentEvents: object, more: object = {}) =>
  call(server.url, 'POST /__admin/mappings', {
    body: { request: { urlPath }, response: { serverSentEvents, ...more } },
  });

const request = (line: string, ...headers: string[]): string =>
  [`${line} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');

const prices = {
  intervalMilliseconds: 120,
  events: [
    { id: '1', event: 'price', data: { eur: 1 } },
    { id: '2', event: 'price', data: { eur: 2 } },
    { id: '3', data: 'two\nlines', retry: 500 },
  ],
};

const metric = async (name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec((await call(server.consoleUrl, 'GET /metrics')).text)?.[1]);

it('events come one by one, in the time of their script, as text/event-stream', async () => {
  await start();
  await mock('/prices', prices, { headers: { 'X-Feed': 'a' } });
  const talk = await watchRaw(server.port, request('GET /prices', 'Connection: close'));
  const [reply] = readReplies(talk.text);
  expect(reply).toMatchObject({
    status: 200,
    body: 'id: 1\nevent: price\ndata: {"eur":1}\n\nid: 2\nevent: price\ndata: {"eur":2}\n\nid: 3\nretry: 500\ndata: two\ndata: lines\n\n',
  });
  expect(reply?.head).toMatch(/content-type: text\/event-stream/i);
  expect(reply?.head).toMatch(/cache-control: no-cache/i);
  expect(reply?.head).toMatch(/x-feed: a/i);
  const cameAt = (text: string): number => talk.pieces.find(piece => piece.text.includes(text))!.atMs;
  expect(cameAt('id: 3') - cameAt('id: 1')).toBeGreaterThanOrEqual(200);
  const { json } = await call(server.url, 'GET /__admin/requests?limit=1');
  expect(json.requests[0]).toMatchObject({ response: { status: 200, body: '' } });
});

it('a client that reconnects gets what came after its last event; one that has seen all is told to stay away', async () => {
  await start();
  await mock('/prices', prices);
  const after2 = await watchRaw(server.port, request('GET /prices', 'Connection: close', 'Last-Event-ID: 2'));
  expect(readReplies(after2.text)).toMatchObject([{ status: 200, body: expect.stringMatching(/^id: 3\n/) as string }]);
  const after3 = await watchRaw(server.port, request('GET /prices', 'Connection: close', 'Last-Event-ID: 3'));
  expect(readReplies(after3.text)).toMatchObject([{ status: 204, body: '' }]);
});

it('HEAD has the head alone, and the connection lives on', async () => {
  await start();
  await mock('/prices', prices);
  const talk = await watchRaw(server.port, request('HEAD /prices') + request('GET /prices', 'Connection: close'));
  const [head, body] = readReplies(talk.text, ['HEAD']);
  expect(head?.head).toMatch(/text\/event-stream/);
  expect(body?.body).toMatch(/^id: 1/);
});

it('data may be a template, also in its head', async () => {
  await start();
  await mock(
    '/t',
    { intervalMilliseconds: 10, repeat: 2, events: [{ data: '{{event.number}} {{request.query.q}}' }] },
    { transformers: ['response-template'], headers: { 'X-Q': '{{request.query.q}}' } },
  );
  const reply = await call(server.url, 'GET /t?q=a');
  expect(reply.text).toBe('data: 1 a\n\ndata: 2 a\n\n');
  expect(reply.headers['x-q']).toBe('a');
});

it('streams are bounded in number, and one that its client leaves makes room', async () => {
  await start({ MAX_EVENT_STREAMS: '2' });
  await mock('/open', { afterLast: 'stay', events: [{ data: 'a' }] });
  const sockets = [await openSocket(server.port), await openSocket(server.port)];
  for (const socket of sockets) socket.write(request('GET /open'));
  await eventually(async () => (await metric('event_streams')) === 2);
  expect(await call(server.url, 'GET /open')).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect(await metric('event_streams_refused_total')).toBe(1);
  sockets[0]!.destroy();
  await eventually(async () => (await metric('event_streams')) === 1);
  sockets[0] = await openSocket(server.port);
  sockets[0].write(request('GET /open'));
  await eventually(async () => (await metric('event_streams')) === 2);
  for (const socket of sockets) socket.destroy();
});

it('a stream ends with its time, and its client is told when to come back', async () => {
  await start({ MAX_EVENT_STREAM_MS: '200' });
  await mock('/ever', { intervalMilliseconds: 50, repeat: 'forever', events: [{ data: 'a' }] });
  const talk = await watchRaw(server.port, request('GET /ever', 'Connection: close'));
  expect(readReplies(talk.text)[0]?.body).toMatch(/^(data: a\n\n){2,5}retry: \d{4}\n\n$/);
});

it('20 streams end with a retry hint at SIGTERM, while delayed replies finish', async () => {
  await start();
  await mock('/open', { afterLast: 'stay', events: [{ data: 'a' }] });
  await call(server.url, 'POST /__admin/mappings', {
    body: { request: { urlPath: '/slow' }, response: { body: 'finished', fixedDelayMilliseconds: 1_000 } },
  });
  const streams = Array.from({ length: 20 }, () => watchRaw(server.port, request('GET /open')));
  await eventually(async () => (await metric('event_streams')) === 20);
  const slow = Array.from({ length: 20 }, () => call(server.url, 'GET /slow'));
  for (let n = 0; n < 2; n++) await call(server.url, 'GET /health/live');
  expect(await server.stop()).toBe(0);
  for (const { text, end } of await Promise.all(streams)) {
    expect(readReplies(text)[0]?.body).toMatch(/^data: a\n\nretry: \d{4}\n\n$/);
    expect(end).toBe('closed');
  }
  for (const { text } of await Promise.all(slow)) expect(text).toBe('finished');
});
