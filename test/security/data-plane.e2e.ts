import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { METHODS } from 'node:http';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { call, type Reply } from '../support/http-call';
import { readReplies, sendRaw } from '../support/raw-http';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';
import { watch } from '../support/vitals';

// Rows D of the table of bad input that are about what a request or a mock says; data-plane-wire.e2e.ts has those about the wire.

let scratch: Scratch;
let server: TestServer;

beforeAll(async () => {
  scratch = await makeScratch();
  const mappingsDir = join(scratch.folder, 'wiremock');
  await mkdir(join(mappingsDir, '__files'), { recursive: true });
  await mkdir(join(mappingsDir, '__files-secret'));
  await writeFile(join(scratch.folder, 'secret.txt'), 'the secret');
  await writeFile(join(mappingsDir, '__files-secret', 'secret.txt'), 'the secret');
  await symlink(join(scratch.folder, 'secret.txt'), join(mappingsDir, '__files', 'link.txt'));
  await symlink(join(mappingsDir, '__files-secret'), join(mappingsDir, '__files', 'linked'));
  server = await startServer({
    DATABASE_URL: `sqlite:${join(scratch.folder, 'mock-server.db')}`,
    DATA_DIR: scratch.folder,
    MAPPINGS_DIR: mappingsDir,
    LOG_LEVEL: 'error',
  });
  await saveMock({ request: { url: '/ordinary' }, response: { body: 'ordinary' } });
});
afterEach(async () => {
  expect((await call(server.url, 'GET /ordinary')).text).toBe('ordinary');
});
afterAll(async () => {
  await server.stop();
  await scratch.remove();
});

const save = (mapping: unknown): Promise<Reply> => call(server.url, 'POST /__admin/mappings', { body: mapping });

async function saveMock(mapping: unknown): Promise<Reply> {
  const reply = await save(mapping);
  if (reply.status !== 201) throw new Error(`Not saved: ${reply.text}`);
  return reply;
}

/** The fastest of some tries: what is slow by nature is slow each time, a busy machine is not. */
async function fastest(tries: number, work: () => Promise<Reply>): Promise<{ reply: Reply; tookMs: number }> {
  let best = Number.POSITIVE_INFINITY;
  let reply: Reply | undefined;
  for (let i = 0; i < tries; i++) {
    const startedAt = performance.now();
    reply = await work();
    best = Math.min(best, performance.now() - startedAt);
  }
  return { reply: reply!, tookMs: best };
}

describe('regular expressions of users', () => {
  const evil = ['^(a|a)*$', '(a+)+$', '([a-zA-Z]+)*$', '^(\\w+\\s?)*$', '(.*)*x', '(a|aa)+$', '(.*a){12}$'];

  it.each(['^(a|a)*$', '/(a|a)*$'])('D-01: %s says no to 30 letters and a ! in under 50 ms', async pattern => {
    const path = `/d01/${evil.length}`;
    await saveMock({ request: { urlPath: path, headers: { 'X-Text': { matches: pattern } } }, response: {} });
    await saveMock({ request: { urlPath: path, bodyPatterns: [{ matches: pattern }] }, response: {} });
    await saveMock({ request: { urlPathPattern: `/d01${pattern.replace(/^\^/, '')}` }, response: {} });
    const text = `${'a'.repeat(30)}!`;
    for (const line of [`POST ${path}`, `POST /d01/${text}`]) {
      const { reply, tookMs } = await fastest(3, () =>
        call(server.url, line, { body: text, headers: { 'X-Text': text } }),
      );
      expect(reply.status).toBe(404);
      expect(tookMs).toBeLessThan(50);
    }
  });

  it.each(evil)(
    'D-02: %s says no to 100 KB in time that grows with the text alone, and the server stays awake',
    async pattern => {
      const path = `/d02/${Buffer.from(pattern).toString('hex')}`;
      await saveMock({ request: { urlPath: path, bodyPatterns: [{ matches: pattern }] }, response: {} });
      const refuse = (letters: number) =>
        fastest(4, () => call(server.url, `POST ${path}`, { body: `${'a'.repeat(letters)}!` }));
      const [short, long] = [await refuse(20_000), await refuse(100_000)];
      expect([short.reply.status, long.reply.status]).toEqual([404, 404]);
      // Five times the text. With its square it would be 25 times the time; some 100 ms is what a slow machine takes.
      expect(long.tookMs / short.tookMs).toBeLessThan(15);
      expect(long.tookMs).toBeLessThan(1_000);
      const vitals = await watch(server, () => refuse(100_000));
      expect(vitals.slowestMs).toBeLessThan(1_000);
    },
  );

  it.each([
    ['counters that multiply', '(a{0,1000}){0,1000}'],
    ['64 KB', 'a'.repeat(65_536)],
    ['an open group', '('],
    ['an open class', '['],
    ['a counter that nobody can count to', 'a{999999999}'],
    ['backreferences', '(a+)\\1'],
    ['lookaround', '(?<=a+)b'],
    ['2,000 groups in each other', `${'('.repeat(2_000)}a${')'.repeat(2_000)}`],
  ])('D-04: a pattern with %s is refused wherever it stands', async (_, pattern) => {
    const bodies: object[] = [{ matches: pattern }, { doesNotMatch: pattern }, { not: { matches: pattern } }];
    const requests = [
      ...bodies.map(one => ({ bodyPatterns: [one] })),
      { urlPattern: pattern },
      { urlPathPattern: pattern },
    ];
    for (const request of requests) {
      const { status, json } = await save({ request, response: {} });
      expect(status).toBe(422);
      expect(json.mistakes[0].pointer).toMatch(/^\/request\//);
    }
  });

  it.each([
    ['five variables in a segment', { urlPathTemplate: '/d11/{a}-{b}-{c}-{d}-{e}' }],
    ['ten optional groups', { urlPathPattern: `/d11${'(/[a-z-]+)?'.repeat(10)}` }],
    ['three wildcards', { urlPathPattern: '/d11.*q.*w.*z' }],
  ])('D-11: %s against a path of 8 KB take under 10 ms', async (_, request) => {
    await saveMock({ request, response: {} });
    const path = `/d11/${'a-'.repeat(4_000)}/!`;
    const { reply, tookMs } = await fastest(12, () => call(server.url, `GET ${path}`));
    expect(reply.status).toBe(404);
    expect(tookMs).toBeLessThan(10);
  });
});

describe('JSON', () => {
  const sentinel = (): string => join(scratch.folder, 'sentinel');
  const code = (): string => `process.mainModule.require('fs').writeFileSync('${sentinel()}','x')`;

  it.each([
    ['a constructor in a filter', () => `$[?(@.constructor.constructor("${code()}")())]`],
    ['an assignment', () => `$[?(var _$_root=[].constructor.constructor("${code()}")())]`],
    ['a script', () => `$[(${code()})]`],
    ['a function of the language', () => `$..[?(require("child_process").execSync("touch ${sentinel()}"))]`],
  ])('D-05: a JSONPath with %s is refused, and nothing runs', async (_, path) => {
    for (const pattern of [{ matchesJsonPath: path() }, { matchesJsonPath: { expression: path(), equalTo: 'x' } }]) {
      const { status } = await save({ request: { url: '/d05', bodyPatterns: [pattern] }, response: {} });
      expect(status).toBe(422);
    }
    await call(server.url, 'POST /d05', { body: [{ a: 1 }] });
    expect(existsSync(sentinel())).toBe(false);
  });

  it('D-05: values that lie in one another are not all made into text: 15 MB in 450 levels neither stop nor fill the server', async () => {
    const found = { expression: '$..a', contains: 'never' };
    await saveMock({ request: { url: '/d05/deep', bodyPatterns: [{ matchesJsonPath: found }] }, response: {} });
    const body = `${'{"a":'.repeat(450)}"${'x'.repeat(15_000_000)}"${'}'.repeat(450)}`;
    const vitals = await watch(server, async () =>
      expect((await call(server.url, 'POST /d05/deep', { body })).status).toBe(404),
    );
    expect(vitals.grownMb).toBeLessThan(400);
  });

  it('D-05: a path in a path does not multiply', async () => {
    const inner = { matchesJsonPath: { expression: '$..a', contains: 'never' } };
    const found = { expression: '$..a', matchesJsonPath: { expression: '$..a', ...inner } };
    await saveMock({ request: { url: '/d05/nested', bodyPatterns: [{ matchesJsonPath: found }] }, response: {} });
    const body = `${'{"a":'.repeat(450)}1${'}'.repeat(450)}`;
    const { reply, tookMs } = await fastest(2, () => call(server.url, 'POST /d05/nested', { body }));
    expect(reply.status).toBe(404);
    expect(tookMs).toBeLessThan(1_000);
  });

  it('D-08: lists in any order, lists in lists and repeated values are compared in bounded time', async () => {
    const lists = (first: number, many: number) =>
      Array.from({ length: many }, (_, i) => Array.from({ length: many }, (_, j) => first + i + j));
    const options = { ignoreArrayOrder: true, ignoreExtraElements: true };
    const equalToJson = lists(-1_000, 60);
    await saveMock({ request: { url: '/d08', bodyPatterns: [{ equalToJson, ...options }] }, response: {} });
    for (let i = 0; i < 20; i++) {
      const bodyPatterns = [{ matchesJsonPath: `$.ids[?(@.id == 'v${i}')]` }];
      await saveMock({ request: { url: '/d08/ids', headers: { no: { equalTo: 'x' } }, bodyPatterns }, response: {} });
    }
    const pairs = await fastest(2, () => call(server.url, 'POST /d08', { body: lists(0, 600) }));
    expect(pairs.tookMs).toBeLessThan(500);
    const repeated = { ids: Array.from({ length: 200_000 }, () => ({ id: 'v1' })) };
    const ids = await fastest(2, () => call(server.url, 'POST /d08/ids', { body: repeated }));
    expect(ids.tookMs).toBeLessThan(1_000);
  });

  it('D-19: a body 40,000 levels deep gets the normal reply, and the journal has it as text', async () => {
    const body = `${'['.repeat(40_000)}${']'.repeat(40_000)}`;
    const pattern = { matchesJsonPath: '$..a' };
    await saveMock({ request: { url: '/d19', bodyPatterns: [pattern] }, response: { body: 'json' }, priority: 1 });
    await saveMock({ request: { url: '/d19' }, response: { body: 'any' } });
    expect((await call(server.url, 'POST /d19', { body })).text).toBe('any');
    const { status, json } = await call(server.url, 'GET /__admin/requests?limit=1');
    expect(status).toBe(200);
    expect(body.startsWith(json.requests[0].request.body)).toBe(true);
    expect(json.requests[0].request.body.length).toBeGreaterThan(60_000);
    const found = await call(server.url, 'POST /__admin/requests/find', {
      body: { url: '/d19', bodyPatterns: [pattern] },
    });
    expect(found).toMatchObject({ status: 200, json: { requests: [] } });
  });

  it('D-20: a body that would inflate to 200 MB is matched as it came, and memory stays flat', async () => {
    const zeros = Buffer.alloc(200 * 1_024 * 1_024);
    const brotli = brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
    const bombs: Record<string, Buffer> = { gzip: gzipSync(zeros, { level: 1 }), br: brotli };
    await saveMock({ request: { url: '/d20', bodyPatterns: [{ contains: 'never' }] }, response: {}, priority: 1 });
    await saveMock({ request: { url: '/d20' }, response: { body: 'as it came' } });
    const send = async (): Promise<void> => {
      for (const [coding, body] of Object.entries(bombs)) {
        const headers = { 'content-encoding': coding };
        expect((await call(server.url, 'POST /d20', { body, headers })).text).toBe('as it came');
        const { json } = await call(server.url, 'GET /__admin/requests?limit=1');
        const kept = Buffer.from(json.requests[0].request.bodyAsBase64, 'base64');
        expect(kept.equals(body.subarray(0, kept.length))).toBe(true);
      }
    };
    await send();
    expect((await watch(server, send)).grownMb).toBeLessThan(20);
  });

  it('D-22: malformed JSON reaches matching as text', async () => {
    await saveMock({ request: { url: '/d22', bodyPatterns: [{ equalTo: '{"a":' }] }, response: { body: 'as text' } });
    const { status, text } = await call(server.url, 'POST /d22', { body: '{"a":' });
    expect([status, text]).toEqual([200, 'as text']);
  });
});

describe('replies of mocks', () => {
  it.each([
    ['CR LF', 'a\r\nSet-Cookie: a=b'],
    ['LF', 'a\nSet-Cookie: a=b'],
    ['NUL', 'a\u0000b'],
    ['DEL', 'a\u007fb'],
  ])('D-28: a header value, a header name and a status message with %s are refused', async (_, value) => {
    const wrong: object[] = [
      { headers: { X: value } },
      { headers: { X: ['fine', value] } },
      { headers: { [value]: 'x' } },
    ];
    for (const response of [...wrong, { statusMessage: value }]) {
      const { status } = await save({ request: { url: '/d28' }, response });
      expect([400, 422]).toContain(status); // NUL is refused before: no database takes it
    }
  });

  it('D-28: emoji and headers of framing leave one well-formed reply on the wire', async () => {
    const framing = { 'Content-Length': '1', 'Transfer-Encoding': 'chunked', Connection: 'upgrade', Trailer: 'X' };
    const response = { statusMessage: 'très 🎉', headers: { 'X-Emoji': 'é🎉', ...framing }, body: 'whole' };
    await saveMock({ request: { url: '/d28/emoji' }, response });
    const wire = await sendRaw(server.port, 'GET /d28/emoji HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const replies = readReplies(wire);
    expect(replies).toHaveLength(1);
    expect(replies[0]).toMatchObject({ status: 200, body: 'whole' });
    expect(Buffer.from(replies[0]!.head, 'latin1').toString()).toContain('X-Emoji: é🎉');
    expect(replies[0]!.head.match(/content-length|transfer-encoding/gi)).toHaveLength(1);
  });

  it.each(['99', '100', '101', '199', '600', '999', '1000', '200.5', '"200abc"', '-1', '1e400', 'true', '[]', 'NaN'])(
    'D-29: a mock with status %s is refused',
    async status => {
      expect((await save(`{"request":{"url":"/d29"},"response":{"status":${status}}}`)).status).toBe(422);
      expect((await call(server.url, 'GET /d29')).status).toBe(404);
    },
  );

  it('D-31: 204, 304 and HEAD carry no body, and the next reply on the connection is whole', async () => {
    for (const status of [200, 204, 304])
      await saveMock({ request: { urlPath: `/d31/${status}` }, response: { status, body: 'body' } });
    const lines = ['HEAD /d31/200', 'GET /d31/204', 'HEAD /d31/204', 'GET /d31/304', 'GET /d31/200'];
    const requests = lines.map(line => `${line} HTTP/1.1\r\nHost: a\r\n\r\n`).join('');
    const replies = readReplies(
      await sendRaw(server.port, `${requests}GET /ordinary HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`),
      lines.map(line => line.split(' ')[0]!),
    );
    expect(replies.map(({ status, body }) => `${status} ${body}`)).toEqual([
      '200 ',
      '204 ',
      '204 ',
      '304 ',
      '200 body',
      '200 ordinary',
    ]);
    expect(replies[0]!.head).toContain('Content-Length: 4');
  });

  const escapes = [
    '../x',
    '..',
    'a/../../x',
    '..%2fx',
    '%252e%252e/x',
    '....//x',
    '/etc/passwd',
    'a\u0000b',
    '\\etc\\passwd',
    './x',
  ];

  it.each(escapes)('D-38: a mock may not answer with the file %j', async bodyFileName => {
    expect([400, 422]).toContain((await save({ request: { url: '/d38' }, response: { bodyFileName } })).status);
  });

  it.each([...escapes, '..%2f..%2fsecret.txt', '%2e%2e/%2e%2e/secret.txt', '..%5csecret.txt'])(
    'D-38: the files API does not leave its folder for %j',
    async name => {
      const path = `/__admin/files/${name.replaceAll('\u0000', '%00')}`;
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const wire = await sendRaw(
          server.port,
          `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx`,
        );
        expect([400, 404, 405, 422]).toContain(readReplies(wire)[0]!.status);
        expect(wire).not.toContain('the secret');
      }
    },
  );

  it.each(['link.txt', 'linked/secret.txt', '{{..}}/../../secret.txt', 'x{{a}}/../../__files-secret/secret.txt'])(
    'D-38: a link or a name that leads out of MAPPINGS_DIR/__files gives nothing: %s',
    async bodyFileName => {
      await saveMock({ request: { url: '/d38/link' }, response: { bodyFileName } });
      const reply = await call(server.url, 'GET /d38/link');
      expect(reply.status).toBe(500);
      expect(reply.text).not.toContain('the secret');
    },
  );
});

describe('many and all', () => {
  it('D-40: a mock for every request leaves health, metrics and the admin API alone', async () => {
    const { json } = await saveMock({
      priority: -2_147_483_648,
      request: { method: 'ANY', urlPattern: '/.*' },
      response: { status: 418, body: 'mine' },
    });
    for (const path of ['/health/live', '/health/ready', '/health', '/metrics', '/__admin/mappings', '/__admin/docs'])
      for (const base of [server.url, server.consoleUrl]) {
        const { status, text } = await call(base, `GET ${path}`);
        expect([status, text === 'mine']).toEqual([200, false]);
      }
    expect((await call(server.consoleUrl, 'GET /')).status).toBe(200);
    expect((await call(server.url, 'GET /anything')).text).toBe('mine');
    await call(server.url, `DELETE /__admin/mappings/${json.id}`);
  });

  it('D-41: 100,000 paths, 10,000 hosts and every method make no new series', async () => {
    await saveMock({ request: { urlPathPattern: '/d41/.*' }, response: {} });
    const series = async (): Promise<{ count: number; bytes: number }> => {
      const { text } = await call(server.consoleUrl, 'GET /metrics');
      return {
        count: text.split('\n').filter(line => line !== '' && !line.startsWith('#')).length,
        bytes: text.length,
      };
    };
    const methods = METHODS.filter(method => method !== 'CONNECT');
    const sendMany = async (from: number, many: number): Promise<void> => {
      const requests = Array.from({ length: many }, (_, i) => {
        const line = `${methods[(from + i) % methods.length]} /d41/${from + i} HTTP/1.1\r\nHost: host${(from + i) % 10_000}`;
        return `${line}\r\n${i === many - 1 ? 'Connection: close\r\n' : ''}\r\n`;
      });
      const wire = await sendRaw(server.port, requests.join(''));
      expect(wire.match(/HTTP\/1\.1 200/g)).toHaveLength(many);
    };
    for (const method of methods)
      await sendRaw(server.port, `${method} /miss HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    await sendMany(0, 1_000);
    const before = await series();
    for (let from = 1_000; from < 100_000; from += 9_900) await sendMany(from, 9_900);
    const after = await series();
    expect(after.count).toBe(before.count);
    expect(after.count).toBeLessThan(500);
    expect(after.bytes).toBeLessThan(200_000);
  });

  it('D-43: of 200 requests at once each takes one step of the scenario', async () => {
    const steps = Array.from({ length: 200 }, (_, i) => ({
      scenarioName: 'steps',
      requiredScenarioState: i === 0 ? 'Started' : `step ${i}`,
      newScenarioState: `step ${i + 1}`,
      request: { urlPath: '/d43' },
      response: { body: String(i) },
    }));
    await call(server.url, 'POST /__admin/mappings/import', { body: { mappings: steps } });
    const replies = await Promise.all(
      steps.map((_, i) =>
        call(server.url, i % 2 === 0 ? 'GET /d43' : 'POST /d43', { body: i % 2 === 0 ? undefined : { i } }),
      ),
    );
    expect(replies.map(({ text }) => Number(text)).sort((a, b) => a - b)).toEqual(steps.map((_, i) => i));
    expect((await call(server.url, 'GET /d43')).status).toBe(404);
  });
});
