import { Agent } from 'node:http';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { openSocket, readReplies, watchRaw } from '../support/raw-http';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

let server: ScratchServer;

beforeAll(async () => {
  server = await startScratchServer({
    LOG_LEVEL: 'error',
    MAX_DELAY_MS: '20000',
  });
});
afterAll(async () => {
  await server?.remove();
});
beforeEach(async () => {
  await call(server.url, 'DELETE /__admin/mappings');
  await call(server.url, 'POST /__admin/settings', { body: {} });
});

const mock = (urlPath: string, response: object) =>
  call(server.url, 'POST /__admin/mappings', { body: { request: { urlPath }, response } });

const request = (line: string, ...headers: string[]): string =>
  [`${line} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');

async function lastExchange(): Promise<{ response: Record<string, unknown>; timing: Record<string, number> }> {
  return (await call(server.url, 'GET /__admin/requests?limit=1')).json.requests[0];
}

describe('a fault', () => {
  it.each([
    ['EMPTY_RESPONSE', 'closed', /^$/],
    ['CONNECTION_RESET_BY_PEER', 'reset', /^$/],
    ['RANDOM_DATA_THEN_CLOSE', 'closed', /^(?!HTTP)[^\r\n]{20,}$/],
    ['MALFORMED_RESPONSE_CHUNK', 'closed', /^HTTP\/1\.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n[^\r\n]{20,}$/],
  ] as const)(
    '%s ends the connection as in WireMock, after its delay, and whatever the method',
    async (fault, end, bytes) => {
      await mock('/f', { fault, status: 404, body: 'never', fixedDelayMilliseconds: 150 });
      for (const line of ['GET /f', 'HEAD /f']) {
        const startedAt = performance.now();
        const talk = await watchRaw(server.port, request(line));
        expect(talk.end).toBe(end);
        expect(talk.text).toMatch(bytes);
        expect(performance.now() - startedAt).toBeGreaterThanOrEqual(145);
      }
      const posted = await watchRaw(server.port, `${request('POST /f', 'Content-Length: 3')}abc`);
      expect(posted).toMatchObject({ end, text: expect.stringMatching(bytes) as string });
    },
  );

  it('ends its own connection and no other', async () => {
    await mock('/reset', { fault: 'CONNECTION_RESET_BY_PEER' });
    await mock('/fine', { body: 'fine' });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const socket = await openSocket(server.port);
    await call(server.url, 'GET /fine', { agent });
    for (let i = 0; i < 20; i++) expect((await watchRaw(server.port, request('GET /reset'))).end).toBe('reset');
    expect((await call(server.url, 'GET /fine', { agent })).text).toBe('fine');
    expect(socket.destroyed).toBe(false);
    socket.destroy();
    agent.destroy();
  });

  it('waits for the answers to earlier requests of its connection, and nothing comes after it', async () => {
    await mock('/slow', { body: 'slow', fixedDelayMilliseconds: 150 });
    await mock('/reset', { fault: 'CONNECTION_RESET_BY_PEER' });
    await mock('/empty', { fault: 'EMPTY_RESPONSE' });
    for (const path of ['/reset', '/empty']) {
      const talk = await watchRaw(server.port, request('GET /slow') + request(`GET ${path}`) + request('GET /slow'));
      expect(readReplies(talk.text).map(({ body }) => body)).toEqual(['slow']);
    }
  });

  it('is in the journal, with what would have been answered, also from a template or a file', async () => {
    await call(server.url, 'PUT /__admin/files/faulty.txt', { body: 'of a file' });
    await mock('/text', { fault: 'EMPTY_RESPONSE', status: 418, body: 'text' });
    await mock('/template', { fault: 'EMPTY_RESPONSE', body: '{{request.path}}', transformers: ['response-template'] });
    await mock('/file', { fault: 'CONNECTION_RESET_BY_PEER', bodyFileName: 'faulty.txt' });
    await watchRaw(server.port, request('GET /text'));
    expect((await lastExchange()).response).toMatchObject({ status: 418, fault: 'EMPTY_RESPONSE', body: 'text' });
    await watchRaw(server.port, request('GET /template'));
    expect((await lastExchange()).response).toMatchObject({ fault: 'EMPTY_RESPONSE', body: '/template' });
    await watchRaw(server.port, request('GET /file'));
    expect((await lastExchange()).response).toMatchObject({ fault: 'CONNECTION_RESET_BY_PEER', body: 'of a file' });
  });

  it('with a probability and a seed strikes the same requests again after a reset', async () => {
    await call(server.url, 'POST /__admin/mappings', {
      body: {
        persistent: true,
        request: { urlPath: '/flaky' },
        response: { body: 'up', fault: { type: 'EMPTY_RESPONSE', probability: 0.4, seed: 3 } },
      },
    });
    const fates = async (): Promise<string> => {
      let text = '';
      for (let i = 0; i < 40; i++)
        text += await call(server.url, 'GET /flaky').then(
          () => '.',
          () => 'x',
        );
      return text;
    };
    const first = await fates();
    const second = await fates();
    await call(server.url, 'POST /__admin/reset');
    expect(await fates()).toBe(first);
    expect(second).not.toBe(first);
    expect(first.split('x').length - 1).toBeGreaterThan(8);
    expect(first.split('x').length - 1).toBeLessThan(25);
  });
});

describe('a body', () => {
  const dribble = { numberOfChunks: 4, totalDuration: 400 };

  it('is dribbled in chunks over its time, and the connection lives on', async () => {
    await mock('/d', { body: 'abcdefghij', fixedDelayMilliseconds: 100, chunkedDribbleDelay: dribble });
    await mock('/fine', { body: 'fine' });
    const talk = await watchRaw(server.port, request('GET /d') + request('GET /fine', 'Connection: close'));
    const [dribbled, fine] = readReplies(talk.text);
    expect(dribbled).toMatchObject({ status: 200, body: 'abcdefghij' });
    expect(dribbled?.head).toMatch(/transfer-encoding: chunked/i);
    expect(fine?.body).toBe('fine');
    const sizes = talk.pieces.map(({ text }) => /(?:^|\r\n)([0-9a-f]+)\r\n[a-j]/.exec(text)?.[1]);
    expect(sizes.slice(0, 4)).toEqual(['2', '2', '2', '4']);
    const [first, , , last] = talk.pieces;
    expect(first!.atMs).toBeGreaterThanOrEqual(195);
    expect(last!.atMs - first!.atMs).toBeGreaterThanOrEqual(250);
    expect((await lastExchange()).response).toBeDefined();
  });

  it('is dribbled also when a template makes it, or when it is a file', async () => {
    await call(server.url, 'PUT /__admin/files/dribble.txt', { body: 'of a file' });
    await mock('/t', { body: '{{request.path}}', transformers: ['response-template'], chunkedDribbleDelay: dribble });
    await mock('/f', { bodyFileName: 'dribble.txt', chunkedDribbleDelay: dribble });
    for (const [path, body, count] of [
      ['/t', '/t', 2],
      ['/f', 'of a file', 4],
    ] as const) {
      const talk = await watchRaw(server.port, request(`GET ${path}`, 'Connection: close'));
      expect(readReplies(talk.text)[0]?.body).toBe(body);
      expect(talk.pieces.length).toBeGreaterThanOrEqual(count);
    }
  });

  it('that is none is not dribbled: HEAD, 204 and nothing at all', async () => {
    await mock('/d', { body: 'abcdefghij', chunkedDribbleDelay: dribble });
    await mock('/204', { status: 204, body: 'x', chunkedDribbleDelay: dribble });
    await mock('/none', { chunkedDribbleDelay: dribble });
    for (const line of ['HEAD /d', 'GET /204', 'GET /none']) {
      const talk = await watchRaw(server.port, request(line, 'Connection: close'));
      expect(readReplies(talk.text, [line.split(' ')[0]!])).toMatchObject([{ body: '' }]);
    }
  });

  it('comes at its bandwidth, with its length', async () => {
    await mock('/b', { body: 'x'.repeat(1_000), bandwidthBytesPerSecond: 2_000 });
    const talk = await watchRaw(server.port, request('GET /b', 'Connection: close'));
    expect(readReplies(talk.text)[0]).toMatchObject({ body: 'x'.repeat(1_000) });
    expect(talk.text).toMatch(/content-length: 1000/i);
    expect(talk.pieces.length).toBeGreaterThan(5);
    expect(talk.pieces.at(-1)!.atMs).toBeGreaterThanOrEqual(490);
    expect(talk.pieces.find(({ text }) => text.includes('x'))!.atMs).toBeLessThan(400);
  });
});

describe('a delay', () => {
  it('by a distribution is added to the fixed one', async () => {
    await mock('/u', { delayDistribution: { type: 'uniform', lower: 20, upper: 40 }, fixedDelayMilliseconds: 30 });
    const startedAt = performance.now();
    await call(server.url, 'GET /u');
    const { addedDelay = 0, totalTime = 0 } = (await lastExchange()).timing;
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(addedDelay - 1);
    expect(addedDelay).toBeGreaterThanOrEqual(50);
    expect(addedDelay).toBeLessThanOrEqual(70);
    expect(totalTime).toBeGreaterThanOrEqual(addedDelay);
  });

  it('of the whole workspace, fixed or drawn, holds where a mock names none of that kind', async () => {
    await mock('/plain', {});
    await mock('/fixed', { fixedDelayMilliseconds: 0 });
    await mock('/drawn', { delayDistribution: { type: 'fixed', milliseconds: 7 } });
    await mock('/fault', { fault: 'EMPTY_RESPONSE' });
    const settings = { fixedDelay: 10, delayDistribution: { type: 'fixed', milliseconds: 20 } };
    expect((await call(server.url, 'PUT /__admin/settings', { body: settings })).status).toBe(200);
    expect((await call(server.url, 'GET /__admin/settings')).json.settings).toMatchObject(settings);
    for (const [path, delayMs] of Object.entries({
      '/plain': 30,
      '/fixed': 20,
      '/drawn': 17,
      '/fault': 30,
      '/miss': 0,
    })) {
      await call(server.url, `GET ${path}`).catch(() => undefined);
      expect([path, (await lastExchange()).timing['addedDelay']]).toEqual([path, delayMs]);
    }
  });

  it('is cut to MAX_DELAY_MS, and ends when the client leaves', async () => {
    await mock('/long', { fixedDelayMilliseconds: 3_600_000 });
    const socket = await openSocket(server.port);
    socket.write(request('GET /long'));
    await call(server.url, 'GET /__admin/mappings?limit=1');
    socket.destroy();
    const newest = async () => (await call(server.url, 'GET /__admin/requests?limit=1')).json.requests[0];
    await eventually(async () => (await newest())?.request.url === '/long', 5_000);
    expect(await newest()).toMatchObject({
      subEvents: [{ type: 'WARNING', data: { message: 'client gone' } }],
      timing: { addedDelay: 20_000 },
    });
  });
});
