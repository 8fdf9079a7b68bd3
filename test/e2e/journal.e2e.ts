import { call } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

interface ServeEvent {
  readonly id: string;
  readonly request: Readonly<Record<string, unknown>> & { readonly url: string };
}

const maxEntries = 20;
const maxBytes = 100_000;
let server: ScratchServer;
let mockId: string;

beforeAll(async () => {
  server = await startScratchServer({
    JOURNAL_MAX_ENTRIES: String(maxEntries),
    JOURNAL_MAX_BYTES: String(maxBytes),
    JOURNAL_MAX_BODY_BYTES: '10000',
  });
  const mock = {
    name: 'The order',
    request: { method: 'POST', urlPath: '/orders', headers: { 'x-env': { equalTo: 'prod' } } },
    response: { status: 201, body: 'made', headers: { 'X-Answer': '42' } },
    metadata: { team: 'orders' },
  };
  mockId = (await call(server.url, 'POST /__admin/mappings', { body: mock })).json.id;
});
beforeEach(() => call(server.url, 'DELETE /__admin/requests'));
afterAll(async () => {
  await server.remove();
});

const order = (changes: { query?: string; body?: string; env?: string } = {}) =>
  call(server.url, `POST /orders${changes.query ?? ''}`, {
    body: changes.body ?? '{"item":"tea"}',
    headers: { 'X-Env': changes.env ?? 'prod', Cookie: 'sid=7; theme=dark' },
  });
const admin = (line: string, body?: unknown) =>
  call(server.url, line.replace(' ', ' /__admin'), body === undefined ? {} : { body });
const events = async (query = ''): Promise<ServeEvent[]> => (await admin(`GET /requests${query}`)).json.requests;
const urls = (list: readonly ServeEvent[]): string[] => list.map(({ request }) => request.url);

describe('the journal', () => {
  it("lists what came in, newest first, with WireMock's fields", async () => {
    const begin = Date.now();
    await order({ query: '?page=2&tag=a&tag=b' });
    await call(server.url, 'GET /nowhere');
    const { json } = await admin('GET /requests?view=full');
    const [newest, oldest] = json.requests;
    expect(json).toMatchObject({ meta: { total: 2 }, requestJournalDisabled: false });
    expect(newest).toMatchObject({ wasMatched: false, source: 'none', request: { url: '/nowhere', method: 'GET' } });
    expect(newest).not.toHaveProperty('stubMapping');
    expect(oldest).toMatchObject({
      wasMatched: true,
      source: 'mock',
      request: {
        url: '/orders?page=2&tag=a&tag=b',
        absoluteUrl: `${server.url}/orders?page=2&tag=a&tag=b`,
        method: 'POST',
        clientIp: '127.0.0.1',
        cookies: { sid: '7', theme: 'dark' },
        body: '{"item":"tea"}',
        bodyAsBase64: Buffer.from('{"item":"tea"}').toString('base64'),
        protocol: 'HTTP/1.1',
        scheme: 'http',
        host: '127.0.0.1',
        port: server.port,
        queryParams: { page: { key: 'page', values: ['2'] }, tag: { key: 'tag', values: ['a', 'b'] } },
      },
      responseDefinition: { status: 201, body: 'made' },
      response: { status: 201, body: 'made' },
      stubMapping: { id: mockId, name: 'The order' },
    });
    expect(oldest.request.headers).toMatchObject({ 'X-Env': 'prod' });
    expect(oldest.response.headers).toMatchObject({ 'X-Answer': '42' });
    expect(oldest.request.loggedDate).toBeGreaterThanOrEqual(begin);
    expect(new Date(oldest.request.loggedDateString).getTime()).toBe(oldest.request.loggedDate);
    expect(oldest.timing).toMatchObject({ addedDelay: 0 });
  });

  it("shows WireMock's fields alone, which its Java client insists on, unless asked for all", async () => {
    await order();
    await call(server.url, 'GET /nowhere');
    const [miss, hit] = await events();
    expect(Object.keys(hit ?? {}).sort()).toEqual(
      ['id', 'request', 'response', 'responseDefinition', 'stubMapping', 'subEvents', 'timing', 'wasMatched'].sort(),
    );
    expect(miss).toMatchObject({
      subEvents: [
        {
          type: 'REQUEST_NOT_MATCHED',
          data: { status: 404, contentType: 'text/plain', report: expect.stringContaining('No mock matches') },
        },
      ],
    });
    expect(await events('?view=full')).toMatchObject([{ source: 'none' }, { source: 'mock' }]);
    expect((await admin('GET /requests?view=some')).status).toBe(400);
  });

  it('gives one exchange by its id, and removes it by its id', async () => {
    await order();
    const [event] = await events();
    const found = await admin(`GET /requests/${event?.id}`);
    await admin(`DELETE /requests/${event?.id}`);
    const gone = await admin(`GET /requests/${event?.id}`);
    expect(found.json).toEqual(event);
    expect(gone).toMatchObject({ status: 404, json: { code: 'not-found' } });
    expect(await events()).toEqual([]);
  });

  it('filters by limit, time, mock, and whether one matched', async () => {
    await order({ query: '?n=1' });
    await call(server.url, 'GET /nowhere');
    const since = new Date((await events())[0]?.request['loggedDate'] as number).toISOString();
    await order({ query: '?n=2' });
    expect(urls(await events('?limit=1'))).toEqual(['/orders?n=2']);
    expect(urls(await events(`?since=${since}`))).not.toContain('/orders?n=0');
    expect(urls(await events('?since=2100-01-01T00:00:00Z'))).toEqual([]);
    expect(urls(await events(`?matchingStub=${mockId}`))).toEqual(['/orders?n=2', '/orders?n=1']);
    expect(urls(await events('?unmatched=true'))).toEqual(['/nowhere']);
    expect(await admin('GET /requests?limit=some')).toMatchObject({ status: 400, json: { code: 'bad-request' } });
  });

  it('counts and finds by a request pattern', async () => {
    await order({ body: '{"item":"tea"}' });
    await order({ body: '{"item":"cup"}' });
    await call(server.url, 'GET /nowhere');
    const pattern = {
      method: 'POST',
      urlPath: '/orders',
      bodyPatterns: [{ matchesJsonPath: '$[?(@.item == "cup")]' }],
    };
    const counted = await admin('POST /requests/count', pattern);
    const found = await admin('POST /requests/find', pattern);
    const all = await admin('POST /requests/count', {});
    expect(counted.json).toMatchObject({ count: 1 });
    expect(found.json.requests).toMatchObject([{ method: 'POST', url: '/orders', body: '{"item":"cup"}' }]);
    expect(all.json.count).toBe(3);
  });

  it('refuses a pattern it cannot read, with a pointer to the mistake', async () => {
    const answer = await admin('POST /requests/count', { url: 7 });
    expect(answer).toMatchObject({ status: 422, json: { code: 'invalid-mapping', mistakes: [{ pointer: '/url' }] } });
  });

  it('removes by a request pattern, and by the metadata of the mock that answered', async () => {
    await order();
    await call(server.url, 'GET /nowhere');
    await call(server.url, 'GET /elsewhere');
    const byPattern = await admin('POST /requests/remove', { method: 'GET', url: '/nowhere' });
    const left = urls(await events());
    const byMetadata = await admin('POST /requests/remove-by-metadata', {
      matchesJsonPath: '$[?(@.team == "orders")]',
    });
    expect(urls(byPattern.json.serveEvents)).toEqual(['/nowhere']);
    expect(left).toEqual(['/elsewhere', '/orders']);
    expect(urls(byMetadata.json.serveEvents)).toEqual(['/orders']);
    expect(urls(await events())).toEqual(['/elsewhere']);
  });

  it('keeps the newest entries and drops the oldest when it has its count', async () => {
    for (let n = 1; n <= maxEntries + 5; n++) await order({ query: `?n=${n}` });
    const kept = urls(await events());
    expect(kept).toHaveLength(maxEntries);
    expect([kept[0], kept.at(-1)]).toEqual([`/orders?n=${maxEntries + 5}`, '/orders?n=6']);
  });

  it('drops the oldest when it has its bytes, and cuts a long body, which matching saw whole', async () => {
    const body = 'x'.repeat(50_000);
    for (let n = 1; n <= 15; n++) expect((await order({ query: `?n=${n}`, body })).status).toBe(201);
    const kept = await events();
    expect(kept.length).toBeGreaterThan(3);
    expect(kept.length).toBeLessThan(maxBytes / 10_000);
    expect(urls(kept)[0]).toBe('/orders?n=15');
    expect(kept[0]?.request['body']).toBe('x'.repeat(10_000));
  });

  it('belongs to its workspace', async () => {
    await call(server.url, 'POST /__admin/workspaces', { body: { slug: 'other', name: 'Other' } });
    await order();
    await call(server.url, 'GET /__w/other/theirs');
    const theirs = await call(server.url, 'GET /__w/other/__admin/requests');
    expect(urls(theirs.json.requests)).toEqual(['/theirs']);
    expect(urls(await events())).toEqual(['/orders']);
  });
});

describe('a miss', () => {
  it('is told as text, with the closest mock and the conditions that failed', async () => {
    const miss = await order({ env: 'dev' });
    expect(miss.status).toBe(404);
    expect(miss.headers['content-type']).toMatch('text/plain');
    expect(miss.text).toContain('No mock matches POST /orders.');
    expect(miss.text).toContain('The order');
    expect(miss.text).toMatch(/x-env[\s\S]*prod[\s\S]*dev/);
  });

  it('is told as a JSON problem to a client that accepts JSON', async () => {
    const miss = await call(server.url, 'POST /orders', {
      body: '{}',
      headers: { 'X-Env': 'dev', Accept: 'application/json' },
    });
    expect(miss.status).toBe(404);
    expect(miss.headers['content-type']).toMatch('application/problem+json');
    expect(miss.json).toMatchObject({ code: 'no-mock-matched', status: 404 });
    expect(miss.json.nearMisses[0]).toMatchObject({ id: mockId, name: 'The order' });
    expect(miss.json.nearMisses[0].failed).toHaveLength(1);
    expect(miss.json.nearMisses[0].failed[0]).toMatchObject({ actual: 'dev' });
  });

  it('is listed as unmatched, with its near misses', async () => {
    await order();
    await order({ env: 'dev' });
    const unmatched = await admin('GET /requests/unmatched');
    const near = await admin('GET /requests/unmatched/near-misses');
    expect(unmatched.json.requests).toHaveLength(1);
    expect(unmatched.json.requests[0].headers).toMatchObject({ 'X-Env': 'dev' });
    expect(near.json.nearMisses[0]).toMatchObject({ request: { url: '/orders' }, stubMapping: { id: mockId } });
    expect(near.json.nearMisses[0].matchResult).toEqual({
      distance: expect.any(Number),
      diffDescriptions: [],
      subEvents: [
        {
          type: 'CONDITION_FAILED',
          timeOffsetNanos: 0,
          data: { part: expect.stringContaining('x-env'), expected: 'prod', actual: 'dev' },
        },
      ],
    });
    expect(near.json.nearMisses[0].matchResult.distance).toBeGreaterThan(0);
  });

  it('near misses are found for a request, and for a request pattern', async () => {
    await order();
    const forRequest = await admin('POST /near-misses/request', { url: '/orders', method: 'GET' });
    const forPattern = await admin('POST /near-misses/request-pattern', { url: '/orders', method: 'PUT' });
    expect(forRequest.json.nearMisses[0]).toMatchObject({ stubMapping: { id: mockId } });
    expect(forPattern.json.nearMisses[0]).toMatchObject({
      request: { url: '/orders', method: 'POST' },
      requestPattern: { method: 'PUT' },
    });
  });
});
