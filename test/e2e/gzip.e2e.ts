import { gunzipSync } from 'node:zlib';
import { call, type Reply } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

const text = 'compress me please, '.repeat(40);
let server: ScratchServer;

beforeAll(async () => {
  server = await startScratchServer();
  await save(server, '/text', { headers: { 'Content-Type': 'text/plain' }, body: text });
  await save(server, '/error', { status: 500, body: text });
  await save(server, '/picture', { headers: { 'Content-Type': 'image/png' }, body: text });
  await save(server, '/drawing', { headers: { 'Content-Type': 'image/svg+xml' }, body: text });
  await save(server, '/encoded', { headers: { 'Content-Encoding': 'br' }, body: text });
  await save(server, '/empty', {});
  await save(server, '/part', { status: 206, headers: { 'Content-Range': 'bytes 0-9/99' }, body: text });
  await save(server, '/made', { transformers: ['response-template'], body: `{{request.query.n}} ${text}` });
  await save(server, '/long', { body: text.repeat(1_000) });
  await save(server, '/dribbled', { body: text, chunkedDribbleDelay: { numberOfChunks: 3, totalDuration: 30 } });
});
afterAll(() => server.remove());

async function save(to: ScratchServer, urlPath: string, response: object): Promise<void> {
  const reply = await call(to.url, 'POST /__admin/mappings', { body: { request: { urlPath }, response } });
  if (reply.status !== 201) throw new Error(reply.text);
}

const ask = (line: string, accepted = 'gzip, deflate, br'): Promise<Reply> =>
  call(server.url, line, { headers: { 'Accept-Encoding': accepted } });

const plainText = ({ bytes }: Reply): string => gunzipSync(bytes).toString();

it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('%s: a text comes in gzip, the second time too', async method => {
  for (let time = 0; time < 2; time++) {
    const reply = await ask(`${method} /text`);
    expect([reply.headers['content-encoding'], plainText(reply)]).toEqual(['gzip', text]);
    expect(Number(reply.headers['content-length'])).toBe(reply.bytes.length);
    expect(reply.bytes.length).toBeLessThan(text.length / 4);
  }
});

it.each(['gzip', 'GZIP', 'br, gzip', 'gzip;q=0.5', 'deflate,gzip;q=1.0,*;q=0'])(
  'Accept-Encoding: %s is a yes',
  async accepted => expect((await ask('GET /text', accepted)).headers['content-encoding']).toBe('gzip'),
);

it.each(['', 'br', 'identity', 'deflate', '*', 'x-gzip', 'gzip;q=0', 'br, gzip; q=0.0'])(
  'Accept-Encoding: %s is a no',
  async accepted => {
    const reply = await ask('GET /text', accepted);
    expect([reply.headers['content-encoding'], reply.text]).toEqual([undefined, text]);
  },
);

it.each(['GET /error', 'GET /picture', 'GET /empty', 'GET /part', 'OPTIONS /text', 'GET /nothing'])(
  '%s is left as it is',
  async line => expect((await ask(line)).headers['content-encoding']).toBeUndefined(),
);

it('a body that has an encoding keeps it', async () => {
  const reply = await ask('GET /encoded');
  expect([reply.headers['content-encoding'], reply.text]).toEqual(['br', text]);
});

it('what is compressed says that it varies, beside what the mock says itself, and the rest does not', async () => {
  await save(server, '/varied', { headers: { Vary: 'Accept-Language' }, body: text });
  expect((await ask('GET /varied')).headers['vary']).toBe('Accept-Language, Accept-Encoding');
  expect((await ask('GET /text', 'br')).headers['vary']).toBeUndefined();
});

it('HEAD says nothing of an encoding, and the length without it', async () => {
  const { headers } = await ask('HEAD /text');
  expect([headers['content-encoding'], headers['content-length']]).toEqual([undefined, String(text.length)]);
});

it('drawings are text, and long, templated and dribbled bodies are compressed whole', async () => {
  expect(plainText(await ask('GET /drawing'))).toBe(text);
  expect(plainText(await ask('GET /long'))).toBe(text.repeat(1_000));
  expect(plainText(await ask('GET /made?n=1'))).toBe(`1 ${text}`);
  expect(plainText(await ask('GET /made?n=2'))).toBe(`2 ${text}`);
  expect(plainText(await ask('GET /dribbled'))).toBe(text);
});

it('a mock that changes is not answered from what was compressed before', async () => {
  await save(server, '/changed', { body: `old ${text}` });
  expect(plainText(await ask('GET /changed'))).toBe(`old ${text}`);
  await save(server, '/changed', { body: `new ${text}` });
  expect(plainText(await ask('GET /changed'))).toBe(`new ${text}`);
});

it('the journal keeps the body that the mock has', async () => {
  await ask('GET /text');
  const { json } = await call(server.url, 'GET /__admin/requests?limit=1');
  expect(json.requests[0].response.body).toBe(text);
});

it('RESPONSE_GZIP=false leaves all as it is', async () => {
  const plain = await startScratchServer({ RESPONSE_GZIP: 'false' });
  try {
    await save(plain, '/text', { body: text });
    const reply = await call(plain.url, 'GET /text', { headers: { 'Accept-Encoding': 'gzip' } });
    expect([reply.headers['content-encoding'], reply.text]).toEqual([undefined, text]);
  } finally {
    await plain.remove();
  }
});
