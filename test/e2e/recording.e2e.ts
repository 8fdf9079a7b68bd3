import { createServer, type RequestListener, type Server } from 'node:http';
import { createHash, randomBytes } from 'node:crypto';
import { type AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { WireMockRestClient } from 'wiremock-rest-client';
import { eventually } from '../support/eventually';
import { call, type Reply } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { closeServer } from '../support/todo-api';

let server: ScratchServer;

beforeAll(async () => {
  server = await startScratchServer({
    RECORDING_MAX_ENTRIES: '20',
    RECORDING_MAX_BODY_BYTES: '500000',
  });
});
afterAll(async () => {
  await server.remove();
});
beforeEach(async () => {
  await call(server.url, 'POST /__admin/recordings/stop');
  await call(server.url, 'DELETE /__admin/mappings');
  await call(server.url, 'POST /__admin/reset');
});

const start = (spec: object): Promise<Reply> => call(server.url, 'POST /__admin/recordings/start', { body: spec });
const stop = (): Promise<Reply> => call(server.url, 'POST /__admin/recordings/stop');
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const metric = async (name: string): Promise<number> => {
  const { text } = await call(server.consoleUrl, 'GET /metrics');
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]);
};

describe('recordings', () => {
  let backend: Server;
  let origin: string;
  let answer: RequestListener = (_incoming, outgoing) => void outgoing.end('hello');

  beforeAll(async () => {
    backend = createServer((incoming, outgoing) => answer(incoming, outgoing));
    await new Promise<void>(resolve => backend.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  });
  afterAll(() => closeServer(backend));

  it('as drafts wait in one change set, until they are published together', async () => {
    answer = (incoming, outgoing) => void outgoing.end(`recorded ${incoming.url}`);
    for (const url of ['/draft/1', '/draft/2']) {
      await start({ targetBaseUrl: origin, drafts: true });
      await call(server.url, `GET ${url}`);
      await stop();
    }
    const { changeSets } = (await call(server.url, 'GET /__admin/change-sets')).json;
    expect(changeSets).toMatchObject([{ title: 'Recorded', source: 'recorder', author: 'anyone', drafts: 2 }]);
    expect((await call(server.url, 'GET /draft/1')).status).toBe(404);
    await call(server.url, `POST /__admin/change-sets/${changeSets[0].id}/publish`);
    expect((await call(server.url, 'GET /draft/2')).text).toBe('recorded /draft/2');
    const { revisions } = (await call(server.url, 'GET /__admin/revisions?limit=1')).json;
    expect(revisions).toMatchObject([{ source: 'user', changed: 2, message: 'Published change set Recorded' }]);
  });

  it('are driven by wiremock-rest-client', async () => {
    const client = new WireMockRestClient(server.url, { logLevel: 'silent', continueOnFailure: true });
    answer = (incoming, outgoing) =>
      void outgoing.writeHead(200, { 'Content-Type': 'text/plain' }).end(`plain ${incoming.url}`);
    await client.recordings.startRecording({ targetBaseUrl: origin, persist: false });
    expect(await client.recordings.getRecordingStatus()).toEqual({ status: 'Recording' });
    await call(server.url, 'GET /one');
    const stopped = await client.recordings.stopRecording();
    expect(stopped).toMatchObject({
      mappings: [
        { name: 'one', request: { url: '/one', method: 'GET' }, response: { status: 200, body: 'plain /one' } },
      ],
    });
    expect(await client.recordings.getRecordingStatus()).toEqual({ status: 'Stopped' });
    expect((await call(server.url, 'GET /one')).text).toBe('plain /one');
    await client.mappings.createMapping({ request: { urlPath: '/two' }, response: { proxyBaseUrl: origin } });
    await call(server.url, 'GET /two?x=1&x=2');
    expect(
      await client.recordings.takeSnapshotRecording({ persist: false, filters: { urlPath: '/two' } }),
    ).toMatchObject({
      mappings: [
        {
          request: { urlPath: '/two', queryParameters: { x: { hasExactly: [{ equalTo: '1' }, { equalTo: '2' }] } } },
          response: { body: 'plain /two?x=1&x=2' },
        },
      ],
    });
  });

  it('give compressed, binary, empty and large answers again byte for byte', async () => {
    const large = randomBytes(400_000);
    const answers: Record<string, [string, Buffer, Record<string, string>]> = {
      '/gzip': ['application/json', gzipSync('{"a":1}'), { 'Content-Encoding': 'gzip' }],
      '/br': ['text/plain', brotliCompressSync('hello'), { 'Content-Encoding': 'br' }],
      '/bytes': ['image/png', Buffer.from([0, 255, 1, 254]), {}],
      '/latin1': ['text/plain;charset=iso-8859-1', Buffer.from([0xe9, 0x20]), {}],
      '/large': ['application/octet-stream', large, {}],
      '/empty': ['text/plain', Buffer.alloc(0), {}],
    };
    answer = (incoming, outgoing) => {
      const [type, body, headers] = answers[incoming.url!]!;
      outgoing.writeHead(200, { 'Content-Type': type, ...headers }).end(body);
    };
    await start({ targetBaseUrl: origin, extractBodyCriteria: { binarySizeThreshold: '100 kb' } });
    for (const path of Object.keys(answers)) await call(server.url, `GET ${path}`);
    const { mappings } = (await stop()).json as { mappings: { request: { url: string }; response: object }[] };
    expect(mappings.find(({ request }) => request.url === '/large')?.response).toMatchObject({
      bodyFileName: expect.stringMatching(/^large-[0-9a-f-]{36}\.txt$/) as string,
    });
    answer = (_incoming, outgoing) => void outgoing.writeHead(500).end();
    expect((await call(server.url, 'GET /gzip')).text).toBe('{"a":1}');
    expect((await call(server.url, 'GET /br')).text).toBe('hello');
    for (const path of ['/bytes', '/latin1', '/large', '/empty'])
      expect(sha((await call(server.url, `GET ${path}`)).bytes)).toBe(sha(answers[path]![1]));
  });

  it('leave out what is partial, too large, or more than there is room for, and count it', async () => {
    answer = (incoming, outgoing) => {
      if (incoming.url === '/half') {
        outgoing.writeHead(200, { 'Content-Length': 100 });
        outgoing.write('half');
        return void setTimeout(() => outgoing.destroy(), 20);
      }
      outgoing.end(incoming.url === '/huge' ? Buffer.alloc(500_001, 'x') : 'ok');
    };
    const before = await metric('recorder_dropped_total');
    await start({ targetBaseUrl: origin });
    await expect(call(server.url, 'GET /half')).rejects.toThrow();
    expect((await call(server.url, 'GET /huge')).bytes).toHaveLength(500_001);
    for (let i = 0; i < 23; i++) expect((await call(server.url, `GET /n/${i}`)).text).toBe('ok');
    const { mappings } = (await stop()).json as { mappings: { request: { url: string } }[] };
    expect(mappings.map(({ request }) => request.url)).toEqual(Array.from({ length: 20 }, (_, i) => `/n/${19 - i}`));
    expect((await metric('recorder_dropped_total')) - before).toBe(4);
    expect(await metric('recorder_bytes')).toBe(0);
  });

  it('of what a failing backend did not answer, nothing is kept', async () => {
    answer = (incoming, outgoing) => void (incoming.url === '/reset' ? incoming.socket.destroy() : outgoing.end('ok'));
    await call(server.url, 'POST /__admin/mappings', { body: { response: { proxyBaseUrl: origin } } });
    expect((await call(server.url, 'GET /reset')).status).toBe(502);
    expect((await call(server.url, 'GET /ok')).status).toBe(200);
    const { json } = await call(server.url, 'POST /__admin/recordings/snapshot', { body: { persist: false } });
    expect((json as { mappings: { request: { url: string } }[] }).mappings.map(({ request }) => request.url)).toEqual([
      '/ok',
    ]);
  });

  it('go on in the workspace that started them, and in no other', async () => {
    answer = (_incoming, outgoing) => void outgoing.end('ok');
    await call(server.url, 'POST /__admin/workspaces', { body: { slug: 'other', name: 'Other', backendUrl: origin } });
    await start({ targetBaseUrl: origin });
    await call(server.url, 'GET /__w/other/theirs');
    await call(server.url, 'GET /ours');
    expect((await call(server.url, 'GET /__admin/recordings/status')).json).toEqual({ status: 'Recording' });
    expect(
      (await call(server.url, 'GET /__admin/recordings/status', { headers: { 'X-Mock-Workspace': 'other' } })).json,
    ).toEqual({ status: 'NeverStarted' });
    const { mappings } = (await stop()).json as { mappings: { request: { url: string } }[] };
    expect(mappings.map(({ request }) => request.url)).toEqual(['/ours']);
  });

  it('of misses go on for others where one workspace takes no more', async () => {
    answer = (incoming, outgoing) => void outgoing.end(`missed ${incoming.url}`);
    for (const slug of ['filled', 'roomy']) {
      const settings = { recording: { onMiss: true } };
      await call(server.url, 'POST /__admin/workspaces', { body: { slug, name: slug, backendUrl: origin, settings } });
    }
    await call(server.url, 'PUT /__admin/workspaces/filled/quotas', { body: { bytes: 1 } });
    expect((await call(server.url, 'GET /__w/filled/a')).text).toBe('missed /a');
    expect((await call(server.url, 'GET /__w/roomy/b')).text).toBe('missed /b');
    const recorded = async (): Promise<number> =>
      (await call(server.url, 'GET /__w/roomy/__admin/mappings')).json.meta.total as number;
    await eventually(async () => (await recorded()) === 1, 5_000);
    expect(await metric('recorder_misses_dropped_total')).toBe(1);
  });

  it('are refused where the gate would not let a call out, and for a spec that cannot be', async () => {
    expect(await start({ targetBaseUrl: 'http://169.254.169.254/' })).toMatchObject({
      status: 502,
      json: { code: 'outbound-refused' },
    });
    expect(await start({ targetBaseUrl: 'http://10.1.2.3/' })).toMatchObject({
      status: 502,
      json: { code: 'outbound-refused' },
    });
    expect(await start({ filters: { urlPattern: '(' } })).toMatchObject({ status: 422 });
    expect(await start({ targetBaseURL: origin })).toMatchObject({ status: 422 });
    expect(await start({ extractBodyCriteria: { textSizeThreshold: 'lots' } })).toMatchObject({
      status: 422,
      json: { mistakes: [{ pointer: '/extractBodyCriteria/textSizeThreshold' }] },
    });
    expect((await call(server.url, 'GET /__admin/recordings/status')).json).not.toEqual({ status: 'Recording' });
  });
});
