import { call, type Reply } from '../support/http-call';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { readReplies, sendRaw } from '../support/raw-http';
import { makeScratch, type Scratch } from '../support/scratch';
import { freePort, startServer, type ServerEnv, type TestServer } from '../support/server';

// Rows A of the table of bad input: the admin API, on PostgreSQL, which is the stricter about text of the two.

let scratch: Scratch;
let database: TestDatabase;
let env: ServerEnv;
let server: TestServer;

beforeAll(async () => {
  scratch = await makeScratch();
  database = await createTestDatabase();
  env = {
    DATABASE_URL: database.url,
    DATA_DIR: scratch.folder,
    LOG_LEVEL: 'error',
    ADMIN_ON_TRAFFIC_PORT: 'false',
    PORT: String(await freePort()),
    WEB_UI_PORT: String(await freePort()),
  };
  server = await startServer(env);
});
afterEach(async () => {
  expect((await admin('GET /mappings?limit=1')).status).toBe(200);
  expect(server.output()).not.toContain('"level":"error"');
});
afterAll(async () => {
  await server.stop();
  await database.drop();
  await scratch.remove();
});

const admin = (line: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Reply> => {
  const [method, path] = line.split(' ');
  return call(server.consoleUrl, `${method} /__admin${path}`, { body, headers });
};
const aMapping = (url: string, more: object = {}): object => ({ request: { url }, response: { body: url }, ...more });
const total = async (): Promise<number> => (await admin('GET /mappings?limit=0')).json.meta.total;

/** Every route that takes a JSON body. */
const writes = [
  'POST /mappings',
  'POST /mappings/import',
  'PUT /mappings/6b2f4c1e-0000-4000-8000-000000000000',
  'POST /mappings/remove',
  'POST /mappings/find-by-metadata',
  'POST /mappings/remove-by-metadata',
  'POST /workspaces',
  'PATCH /workspaces/default',
  'PUT /workspaces/default/settings',
  'PUT /scenarios/x/state',
  'POST /requests/count',
  'POST /requests/find',
  'POST /requests/remove',
  'POST /near-misses/request',
  'POST /near-misses/request-pattern',
];

describe('bodies', () => {
  const poisons = [
    '{"__proto__":{"role":"admin"}}',
    '{"constructor":{"prototype":{"role":"admin"}}}',
    '{"request":{"headers":{"__proto__":{"equalTo":"x"}}},"response":{}}',
    '[{"a":[{"__proto__":1}]}]',
    '{"__pr\\u006fto__":{}}',
  ];
  it.each(writes)('A-01: %s refuses what poisons prototypes', async line => {
    for (const body of poisons) expect((await admin(line, body)).status).toBe(400);
    expect(JSON.stringify((await admin('GET /workspaces')).json)).not.toContain('role');
  });

  it.each(['id', 'createdBy', 'workspaceId', 'version', 'role', 'revision'])(
    'A-02: a workspace refuses the field %s',
    async field => {
      const { status, json } = await admin('POST /workspaces', { slug: 'a02', name: 'A', [field]: 'x' });
      expect([status, json.mistakes]).toEqual([400, [{ pointer: `/${field}`, message: 'There is no such field' }]]);
      expect((await admin('PATCH /workspaces/default', { [field]: 'x' })).status).toBe(400);
    },
  );

  it('A-02: fields of a mapping that the server keeps itself are kept as text and set nothing', async () => {
    await admin('POST /workspaces', { slug: 'other', name: 'Other' });
    const other = (await admin('GET /workspaces/other')).json;
    const claims = { version: 99, revision: 99, position: 9e9, insertionIndex: 9e9, createdBy: 'x', origin: 'file' };
    const made = await admin('POST /mappings', aMapping('/a02', { workspaceId: other.id, ...claims }));
    await admin('POST /mappings', aMapping('/a02', { response: { body: 'newer' } }));
    expect([made.status, made.headers.etag, made.json.version]).toEqual([201, '"1"', 99]);
    expect((await call(server.url, 'GET /a02')).text).toBe('newer');
    expect((await call(server.url, 'GET /__w/other/a02')).status).toBe(404);
  });

  it.each([
    ['NUL', '\\u0000', 400],
    ['half a surrogate pair', '\\ud800', 400],
    ['the other half', '\\udfff', 400],
    ['1 MB', 'x'.repeat(1_048_576), 422],
    ['a direction override', '\\u202e', 422],
  ])('A-07: a name with %s is refused', async (_, text, status) => {
    expect((await admin('POST /workspaces', `{"slug":"a07","name":"a${text}b"}`)).status).toBe(status);
    const mapping = await admin('POST /mappings', `{"name":"a${text}b","request":{"url":"/a07"},"response":{}}`);
    expect(mapping.status).toBe(status);
    const anywhere = await admin('POST /mappings', `{"metadata":{"a${text}":"${text}"},"response":{"body":"${text}"}}`);
    expect(anywhere.status).toBeLessThan(500);
    await admin('DELETE /mappings');
  });
});

describe('paths and queries', () => {
  const ids = [
    "'%20OR%201=1--",
    '..%2fx',
    'a'.repeat(1_000),
    'null',
    'undefined',
    '%00',
    '%ff',
    '1',
    '-1',
    '%F0%9F%92%A9',
  ];

  it.each(ids)('A-04: the id %s finds and changes nothing', async id => {
    await admin('POST /mappings', aMapping('/a04'));
    const before = await total();
    for (const path of [`/mappings/${id}`, `/requests/${id}`, `/workspaces/${id}`])
      expect([400, 404, 405]).toContain((await admin(`GET ${path}`)).status);
    expect([400, 404]).toContain((await admin(`PUT /mappings/${id}`, aMapping('/x'))).status);
    expect([400, 404]).toContain((await admin(`DELETE /mappings/${id}`)).status);
    expect([400, 404]).toContain((await admin(`DELETE /workspaces/${id}`)).status);
    expect(await total()).toBe(before);
  });

  it('A-04: an id in capitals is the same id; one of 10 KB, or a path out of the API, is refused', async () => {
    const { json } = await admin('POST /mappings', aMapping('/a04'));
    expect((await admin(`GET /mappings/${String(json.id).toUpperCase()}`)).status).toBe(200);
    for (const path of [`/mappings/${'a'.repeat(10_000)}`, '/mappings/../../../x', '/mappings/..;/x'])
      expect([400, 404, 414, 431]).toContain((await admin(`GET ${path}`)).status);
  });

  it.each(['sort=name;DROP%20TABLE%20mocks', 'sort=(select%20pg_sleep(5))', 'order=asc,(select%201)'])(
    'A-05: %s does not reach the database',
    async query => {
      const startedAt = performance.now();
      expect([200, 400]).toContain((await admin(`GET /mappings?${query}`)).status);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    },
  );

  it.each([
    ['10 KB of wildcards', `search=${'%25'.repeat(3_000)}`],
    ['two values', 'search=a&search=b'],
    ['NUL', 'search=%00'],
    ['a negative limit', 'limit=-1'],
    ['a limit with a fraction', 'limit=1.5'],
    ['an endless limit', 'limit=99999999999999999999'],
    ['SQL as offset', 'offset=1;DROP%20TABLE%20mocks'],
  ])('A-05: a list with %s is a 400', async (_, query) => {
    expect([400, 414]).toContain((await admin(`GET /mappings?${query}`)).status);
  });

  it("A-05: quotes, wildcards and escapes of a search mean themselves, and the database's time for one is limited", async () => {
    await admin('DELETE /mappings');
    await admin('POST /mappings', aMapping('/a05', { name: "100%_!\\'" }));
    const found = async (text: string): Promise<number> =>
      (await admin(`GET /mappings?search=${encodeURIComponent(text)}`)).json.mappings.length;
    expect(await Promise.all(['100%_!', '%_!', "'"].map(found))).toEqual([1, 1, 1]);
    expect(await Promise.all(['1_0', '%a05%', "' OR 1=1 --"].map(found))).toEqual([0, 0, 0]);
    expect((await admin('GET /mappings?limit=0')).json.mappings).toEqual([]);
  });
});

describe('at once and again', () => {
  it('A-08: of 50 who create one workspace or one mock, one does', async () => {
    const fifty = Array.from({ length: 50 });
    const workspaces = await Promise.all(fifty.map(() => admin('POST /workspaces', { slug: 'a08', name: 'A' })));
    const mapping = aMapping('/a08', { id: '6b2f4c1e-0000-4000-8000-0000000000a8' });
    const mocks = await Promise.all(fifty.map(() => admin('POST /mappings', mapping)));
    const count = (replies: readonly Reply[], wanted: number): number =>
      replies.filter(({ status }) => status === wanted).length;
    expect([count(workspaces, 201), count(workspaces, 409)]).toEqual([1, 49]);
    expect([count(mocks, 201), count(mocks, 422)]).toEqual([1, 49]); // WireMock's status for a duplicate id
  });

  it('A-10: ten requests with one Idempotency-Key make one mock and one answer, also after kill -9', async () => {
    const before = await total();
    const send = (): Promise<Reply> => admin('POST /mappings', aMapping('/a10'), { 'Idempotency-Key': 'a10' });
    const replies = await Promise.all(Array.from({ length: 10 }, send));
    await server.kill();
    server = await startServer(env);
    const again = await send();
    expect([...replies, again].map(({ status }) => status)).toEqual(Array.from({ length: 11 }, () => 201));
    expect(new Set([...replies, again].map(({ text }) => text)).size).toBe(1);
    expect(await total()).toBe(before + 1);
    const misused = await admin('POST /mappings', aMapping('/other'), { 'Idempotency-Key': 'a10' });
    expect([misused.status, misused.json.code]).toEqual([422, 'idempotency-conflict']);
    for (const key of ['', 'x'.repeat(256), 'a b'])
      expect((await admin('POST /mappings', aMapping('/x'), { 'Idempotency-Key': key })).status).toBe(400);
  });

  it.each([5, 40, 120, 250])(
    'A-23: an import of 1,000 mocks that is killed after %i ms is there wholly or not at all',
    async afterMs => {
      await admin('DELETE /mappings');
      const mappings = Array.from({ length: 1_000 }, (_, i) => aMapping(`/a23/${i}`));
      const importing = admin('POST /mappings/import', { mappings }).catch(() => undefined);
      await new Promise(resolve => setTimeout(resolve, afterMs));
      await server.kill();
      await importing;
      server = await startServer(env);
      expect([0, 1_000]).toContain(await total());
    },
  );
});

describe('other sites and other paths', () => {
  const origins = ['https://evil.example', 'null', 'https://ui.example.evil', 'http://127.0.0.1', 'http://localhost:1'];

  it.each(origins)('A-11, A-13: a page of %s may not write, and reads nothing', async origin => {
    const before = await total();
    const headers = { Origin: origin, Cookie: 'mock_server_session=x', 'Content-Type': 'text/plain' };
    for (const line of [
      'POST /mappings',
      'DELETE /mappings',
      'POST /mappings/reset',
      'PUT /files/a11',
      'POST /workspaces',
    ]) {
      const reply = await admin(line, aMapping('/a11'), headers);
      expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([403, undefined]);
    }
    for (const line of ['GET /mappings', 'GET /requests', 'OPTIONS /mappings']) {
      const { headers: answered } = await admin(line, undefined, headers);
      expect(Object.keys(answered).filter(name => name.startsWith('access-control'))).toEqual([]);
      expect(answered['cross-origin-resource-policy']).toBe('same-origin');
    }
    expect(await total()).toBe(before);
  });

  const disguises = [
    '/__admin/%6dappings',
    '/__ADMIN/mappings',
    '//__admin/mappings',
    '/__admin/./mappings',
    '/__admin/mappings;x',
  ];

  it.each([
    ...disguises,
    '/__admin/mappings%2f',
    '/__admin/mappings/',
    '/x/../__admin/mappings',
    '/__admin%2fmappings',
  ])('A-14, A-16: %s is no way round the traffic port, and changes nothing on the console port', async path => {
    const before = await total();
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE']) {
      const headers =
        'X-HTTP-Method-Override: DELETE\r\nX-Original-URL: /__admin/mappings\r\nX-Rewrite-URL: /__admin/mappings';
      const bytes = `${method} ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\nConnection: close\r\n\r\n`;
      expect(readReplies(await sendRaw(server.port, bytes), [method])[0]!.status).toBe(404);
      if (method !== 'DELETE') {
        const console = readReplies(await sendRaw(Number(env['WEB_UI_PORT']), bytes), [method])[0]!;
        expect(console.status).toBeLessThan(500);
      }
    }
    expect(await total()).toBe(before);
  });

  it.each([
    '/__admin',
    '/__admin/mappings',
    '/__admin/docs',
    '/__w/default/__admin/mappings',
    '/health',
    '/health/live',
    '/metrics',
    '/console.js',
  ])('A-16: with ADMIN_ON_TRAFFIC_PORT=false %s is mock traffic on the traffic port', async path => {
    const missed = await call(server.url, `GET ${path}`);
    expect([missed.status, missed.text.startsWith('Request was not matched')]).toEqual([404, true]);
    expect((await call(server.url, `POST ${path}`, { body: aMapping('/a16') })).status).toBe(404);
    expect((await call(server.url, 'GET /a16')).status).toBe(404);
  });

  it.each(['url=http://evil.example/x.json', 'configUrl=http://evil.example/x.json', 'urls=http://evil.example'])(
    'A-22: the API pages ignore ?%s and load only from here',
    async query => {
      const plain = await admin('GET /docs');
      const asked = await admin(`GET /docs?${query}`);
      expect([asked.status, asked.text]).toEqual([200, plain.text]);
      expect(asked.headers['content-security-policy']).toMatch(/default-src 'self'(?!.*unsafe)/);
      for (const [, link] of asked.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
        expect(link).not.toMatch(/^(?:https?:)?\/\//);
        expect((await admin(`GET /${link}`)).status).toBe(200);
      }
      expect((await admin('GET /docs/start.js')).text).toContain('queryConfigEnabled: false');
    },
  );
});
