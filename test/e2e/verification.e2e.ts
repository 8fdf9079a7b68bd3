import { call, type Reply } from '../support/http-call';
import { eventually } from '../support/eventually';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

const maxEntries = 20;
let server: ScratchServer;
let mockId: string;

beforeAll(async () => {
  server = await startScratchServer({
    JOURNAL_MAX_ENTRIES: String(maxEntries),
  });
  mockId = await mock({ urlPathPattern: '/cart.*' });
});
beforeEach(() => admin('DELETE /requests'));
afterAll(async () => {
  await server.remove();
});

const admin = (line: string, body?: unknown): Promise<Reply> =>
  call(server.url, line.replace(' ', ' /__admin'), body === undefined ? {} : { body });
const mock = async (request: object, id?: string): Promise<string> => {
  const body = { request, response: { status: 200 } };
  const line = id === undefined ? 'POST /mappings' : `PUT /mappings/${id}`;
  return (await admin(line, body)).json.id as string;
};
const get = (path: string): Promise<Reply> => call(server.url, `GET ${path}`);
const waitingNow = async (): Promise<string | undefined> =>
  /^journal_waits (\d+)$/m.exec((await call(server.consoleUrl, 'GET /metrics')).text)?.[1];

describe('counts', () => {
  it('stay exact when the journal has dropped what they count', async () => {
    for (let n = 0; n < maxEntries + 15; n++) await get(`/cart/${n}`);
    await get('/nowhere');
    const { json } = await admin('GET /requests/counts');
    expect(json).toMatchObject({
      total: maxEntries + 16,
      kept: maxEntries,
      bySource: { mock: maxEntries + 15, proxy: 0, ai: 0, none: 1 },
      mocks: [{ id: mockId, count: maxEntries + 15 }],
      meta: { total: 1 },
    });
    expect(json.mocks[0].lastAt).toBeGreaterThan(Date.now() - 60_000);
  });

  it('go on when the mock is edited, and start anew when the journal is emptied', async () => {
    await get('/cart');
    await mock({ urlPathPattern: '/cart.*' }, mockId);
    await get('/cart');
    const edited = await admin(`GET /requests/counts?matchingStub=${mockId.toUpperCase()}`);
    await admin('DELETE /requests');
    const emptied = await admin(`GET /requests/counts?matchingStub=${mockId}`);
    await get('/cart');
    const again = await admin('GET /requests/counts');
    expect(edited.json.mocks).toMatchObject([{ id: mockId, count: 2 }]);
    expect(emptied.json).toMatchObject({ total: 0, mocks: [{ id: mockId, count: 0 }], meta: { total: 1 } });
    expect(again.json).toMatchObject({ total: 1, mocks: [{ id: mockId, count: 1 }] });
  });

  it('leave out what was removed from the journal', async () => {
    await get('/cart/1');
    await get('/cart/2');
    await admin('POST /requests/remove', { urlPath: '/cart/1' });
    expect((await admin('GET /requests/counts')).json).toMatchObject({ total: 1, mocks: [{ count: 1 }] });
  });
});

describe('waiting for requests', () => {
  const wait = (body: object): Promise<Reply> => admin('POST /requests/wait', body);

  it('ends as soon as enough have come, those in the journal counted', async () => {
    await get('/cart/1');
    const waiting = wait({ request: { urlPathPattern: '/cart/.*' }, atLeast: 3, timeoutMs: 10_000 });
    await eventually(async () => (await waitingNow()) === '1');
    await get('/cart/2');
    await get('/elsewhere');
    await get('/cart/3');
    const { status, json } = await waiting;
    expect(status).toBe(200);
    expect(json).toMatchObject({ satisfied: true, reason: 'satisfied', count: 3 });
    expect(json.requests.map(({ url }: { url: string }) => url)).toEqual(['/cart/3', '/cart/2', '/cart/1']);
  });

  it('tells when time is over', async () => {
    await get('/cart');
    const { status, json } = await wait({ request: { urlPath: '/cart' }, atLeast: 2, timeoutMs: 50 });
    expect(status).toBe(200);
    expect(json).toMatchObject({ satisfied: false, reason: 'timeout', count: 1 });
  });

  it('can want an exact number, and a while in which no more come', async () => {
    await get('/cart');
    const exact = await wait({ request: { urlPath: '/cart' }, exactly: 1, quietMs: 30, timeoutMs: 5_000 });
    const none = await wait({ request: { urlPath: '/never' }, exactly: 0, quietMs: 30, timeoutMs: 5_000 });
    await get('/cart');
    const tooMany = await wait({ request: { urlPath: '/cart' }, exactly: 1, timeoutMs: 5_000 });
    expect(exact.json).toMatchObject({ satisfied: true, count: 1 });
    expect(exact.json.waitedMs).toBeGreaterThanOrEqual(29);
    expect(none.json).toMatchObject({ satisfied: true, count: 0 });
    expect(tooMany.json).toMatchObject({ satisfied: false, reason: 'too-many', count: 2 });
  });

  it('counts what the journal drops meanwhile', async () => {
    const waiting = wait({ matchingStub: mockId, atLeast: maxEntries * 3, timeoutMs: 10_000 });
    await eventually(async () => (await waitingNow()) === '1');
    for (let n = 0; n < maxEntries * 3; n++) await get(`/cart/${n}`);
    expect((await waiting).json).toMatchObject({ satisfied: true, count: maxEntries * 3 });
  });

  it('ends with the client', async () => {
    const gone = call(server.url, 'POST /__admin/requests/wait', {
      body: { request: { url: '/never' }, timeoutMs: 60_000 },
      timeoutMs: 200,
    });
    await expect(gone).rejects.toThrow('no answer');
    await eventually(async () => (await waitingNow()) === '0');
  });

  it('refuses a wish it cannot read, with a pointer', async () => {
    const both = await wait({ atLeast: 1, exactly: 1 });
    const pattern = await wait({ request: { urlPattern: '[' } });
    expect(both.status).toBe(422);
    expect(pattern.status).toBe(422);
    expect(pattern.json.mistakes[0].pointer).toBe('/request/urlPattern');
  });
});

describe('a sequence of requests', () => {
  const verify = async (body: object) => (await admin('POST /requests/verify-sequence', body)).json;
  const login = { urlPath: '/login' };
  const cart = { urlPathPattern: '/cart.*' };
  const pay = { method: 'POST', urlPath: '/pay' };
  const visit = async (...lines: string[]): Promise<void> => {
    for (const line of lines) await call(server.url, line.includes(' ') ? line : `GET ${line}`);
  };

  it('is verified when the requests came in this order, others between', async () => {
    await visit('/login', '/other', '/cart/1', '/cart/2', 'POST /pay');
    const json = await verify({ sequence: [login, cart, pay] });
    expect(json).toMatchObject({ verified: true, message: 'All 3 requests came in this order.' });
    expect(json.steps).toMatchObject([
      { step: 0, found: true, url: '/login', method: 'GET' },
      { step: 1, found: true, url: '/cart/1' },
      { step: 2, found: true, url: '/pay', method: 'POST' },
    ]);
  });

  it('says which step is missing, or came too early', async () => {
    await visit('/login', 'POST /pay', '/cart/1');
    const early = await verify({ sequence: [login, cart, pay] });
    const missing = await verify({ sequence: [login, { url: '/logout' }] });
    expect(early).toMatchObject({
      verified: false,
      matchesElsewhere: 1,
      steps: [{ found: true }, { found: true }, { found: false }],
    });
    expect(early.message).toBe('Step 2 of 3 did not come after step 1: 1 request matches it, but not at its place.');
    expect(missing.message).toBe('Step 1 of 2 is missing: no request matches it.');
  });

  it('wants a request for each step', async () => {
    await visit('/cart/1', '/cart/2');
    expect(await verify({ sequence: [cart, cart] })).toMatchObject({ verified: true });
    expect(await verify({ sequence: [cart, cart, cart] })).toMatchObject({ verified: false });
  });

  it('strict: nothing may come between, and what did is named', async () => {
    await visit('/login', '/other', '/login', '/cart/1', '/other', 'POST /pay');
    const broken = await verify({ sequence: [login, cart, pay], mode: 'strict' });
    const whole = await verify({ sequence: [login, cart], mode: 'strict' });
    const among = await verify({ sequence: [cart, pay], mode: 'strict', among: { urlPathPattern: '/(cart|pay).*' } });
    expect(broken).toMatchObject({ verified: false, instead: { url: '/other' } });
    expect(broken.message).toMatch(/GET \/other came in its place\.$/);
    expect(whole).toMatchObject({ verified: true, steps: [{ url: '/login' }, { url: '/cart/1' }] });
    expect(among).toMatchObject({ verified: true });
  });

  it('refuses a pattern it cannot read, with a pointer', async () => {
    const answer = await admin('POST /requests/verify-sequence', { sequence: [login, { urlPattern: '[' }] });
    expect(answer).toMatchObject({ status: 422, json: { mistakes: [{ pointer: '/sequence/1/urlPattern' }] } });
  });
});
