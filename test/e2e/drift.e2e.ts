import { DriftClient, kindsOf, serverBeforeShop } from '../support/drift-client';
import { call, type Reply } from '../support/http-call';
import { freePort } from '../support/server';
import { type ShopAnswer } from '../support/shop-api';

const there = serverBeforeShop();
const client = new DriftClient(() => there.server.url);
beforeEach(async () => {
  await call(there.server.url, 'POST /__admin/recordings/stop');
  await call(there.server.url, 'DELETE /__admin/mappings');
  await call(there.server.url, 'DELETE /__admin/requests');
  there.shop.answers.clear();
});

const set = (line: string, answer: ShopAnswer): void => void there.shop.answers.set(line, () => answer);

describe('a comparison', () => {
  it('asks by what a mock says, by given variables and examples, or by a request that it answered; else says why not', async () => {
    for (const path of ['/users/7', '/files/a.txt', '/search?q=x', '/any/thing'])
      set(`GET ${path}`, { body: { id: '7' } });
    const body = { jsonBody: { id: 7 }, headers: { 'Content-Type': 'application/json' } };
    const template = await client.mock({ request: { method: 'GET', urlPathTemplate: '/users/{id}' }, response: body });
    const pattern = await client.mock({ request: { method: 'GET', urlPathPattern: '/files/.*' }, response: body });
    const query = await client.mock({
      request: { urlPath: '/search', queryParameters: { q: { equalTo: 'x' }, page: { absent: true } } },
      response: body,
    });
    const called = await client.mock({ request: { urlPattern: '/any/.+' }, response: body });
    const without = await client.drift();
    expect(kindsOf(without.drifted)).toEqual(['type $.id']);
    expect(without.drifted[0]?.id).toBe(query);
    expect(without.notCompared).toEqual(
      expect.arrayContaining([
        { id: template, reason: expect.stringMatching(/what stands for \{id\}/) },
        {
          id: pattern,
          reason: expect.stringMatching(/regular expression; give its request in examples, or call it once/),
        },
      ]),
    );
    await call(there.server.url, 'GET /any/thing', { headers: { Authorization: 'Bearer secret-of-a-client' } });
    const report = await client.drift({ variables: { id: '7' }, examples: { [pattern]: { url: '/files/a.txt' } } });
    expect(report.drifted.map(({ id }) => id).sort()).toEqual([template, pattern, query, called].sort());
    expect(report.counts).toEqual({ same: 0, drifted: 4, notCompared: 0, left: 0 });
    await client.apply(report.drifted);
    expect(
      await client.drift({ variables: { id: '7' }, examples: { [pattern]: { url: '/files/a.txt' } } }),
    ).toMatchObject({
      counts: { same: 4, drifted: 0 },
    });
  });

  it('of a template compares what it renders, and the patch keeps the template', async () => {
    set('GET /users/7?lang=de', { body: { id: '7', displayName: 'User 7', lang: 'de', roles: ['a'] } });
    const id = await client.mock({
      request: { method: 'GET', urlPathTemplate: '/users/{id}', queryParameters: { lang: { equalTo: 'de' } } },
      response: {
        body: '{ "id": {{request.path.id}}, "display_name": "User {{request.path.id}}", "lang": "{{request.query.lang}}" }',
        headers: { 'Content-Type': 'application/json' },
        transformers: ['response-template'],
      },
    });
    const report = await client.drift({ variables: { id: '7' } });
    expect(kindsOf(report.drifted)).toEqual(['renamed $.display_name', 'added $.roles', 'type $.id']);
    expect(report.drifted[0]).not.toHaveProperty('byHand');
    await client.apply(report.drifted);
    expect((await client.admin(`GET /__admin/mappings/${id}`)).json.response.body).toBe(
      '{"id":"{{request.path.id}}","displayName":"User {{request.path.id}}","lang":"{{request.query.lang}}","roles":["a"]}',
    );
    expect((await call(there.server.url, 'GET /users/12?lang=de')).json).toEqual({
      id: '12',
      displayName: 'User 12',
      lang: 'de',
      roles: ['a'],
    });
    expect((await client.drift({ variables: { id: '7' } })).counts).toEqual({
      same: 1,
      drifted: 0,
      notCompared: 0,
      left: 0,
    });
  });

  it('leaves to a person what no patch may mend, and says so', async () => {
    set('GET /loop?n=1&n=2', {
      body: [
        { n: '1', vat: 1 },
        { n: '2', vat: 1 },
      ],
    });
    await client.mock({
      request: { url: '/loop?n=1&n=2' },
      response: {
        body: '[{{#each request.query.n}}{{#unless @first}},{{/unless}}{"n":"{{this}}"}{{/each}}]',
        headers: { 'Content-Type': 'application/json' },
        transformers: ['response-template'],
      },
    });
    const { drifted } = await client.drift();
    expect(drifted).toMatchObject([
      { differences: [{ kind: 'added', path: '$[*].vat' }], byHand: [expect.stringMatching(/structure of the body/)] },
    ]);
    expect(drifted[0]).not.toHaveProperty('patch');
    expect(await client.apply(drifted)).toMatchObject({ status: 200, json: { ids: [] } });
  });

  it('looks into body files, and the patch moves their text into the mapping', async () => {
    await call(there.server.url, 'PUT /__admin/files/shop/list.json', { body: '[{"id":1}]' });
    set('GET /list', { body: [{ id: 1, sku: 'a' }] });
    const headers = { 'Content-Type': 'application/json' };
    const id = await client.mock({ request: { url: '/list' }, response: { bodyFileName: 'shop/list.json', headers } });
    await client.apply((await client.drift()).drifted);
    expect((await client.admin(`GET /__admin/mappings/${id}`)).json.response).toEqual({
      status: 200,
      headers,
      body: '[{"id":1,"sku":"a"}]',
    });
  });

  it('sends only safe methods, unless others are named', async () => {
    set('POST /orders', { status: 201, body: { id: 1, ref: 'a' } });
    const id = await client.mock({
      request: { method: 'POST', url: '/orders', bodyPatterns: [{ equalToJson: { sku: 'x' } }] },
      response: { status: 201, jsonBody: { id: 1 } },
    });
    const before = there.shop.calls.length;
    expect((await client.drift()).notCompared).toEqual([
      { id, reason: expect.stringMatching(/^POST may change something/) },
    ]);
    expect(there.shop.calls).toHaveLength(before);
    expect(kindsOf((await client.drift({ methods: ['POST'], ignoreHeaders: ['Content-Type'] })).drifted)).toEqual([
      'added $.ref',
    ]);
  });

  it('takes the states of a scenario and several responses together', async () => {
    const scenario = { scenarioName: 'cart', request: { url: '/cart' } };
    const empty = await client.mock({ ...scenario, requiredScenarioState: 'Started', response: { status: 404 } });
    await client.mock({ ...scenario, requiredScenarioState: 'full', response: { jsonBody: { items: [] } } });
    await client.mock({
      request: { url: '/turns' },
      responses: { pick: 'sequence', from: [{ response: { status: 503 } }, { response: { jsonBody: { a: 1 } } }] },
    });
    set('GET /cart', { body: { items: [], total: 0 } });
    set('GET /turns', { body: { a: 2 } });
    const spec = { ignoreHeaders: ['content-type'] };
    const report = await client.drift(spec);
    expect(kindsOf(report.drifted)).toEqual(['added $.total']);
    expect(report.notCompared).toEqual([{ id: empty, reason: "it is another state of scenario 'cart'" }]);
    set('GET /turns', { body: { a: 2, b: true } });
    await client.apply((await client.drift(spec)).drifted);
    expect((await client.drift(spec)).counts).toEqual({ same: 2, drifted: 0, notCompared: 1, left: 0 });
  });

  it('of a backend that fails or is not there tells nothing but that', async () => {
    const ids = [await client.mock({ request: { url: '/down' }, response: { body: 'up' } })];
    set('GET /down', { status: 503, body: 'no' });
    expect((await client.drift()).notCompared).toEqual([{ id: ids[0], reason: 'the backend answered 503' }]);
    expect((await client.drift({ targetBaseUrl: `http://127.0.0.1:${await freePort()}` })).notCompared).toEqual([
      { id: ids[0], reason: expect.stringMatching(/refuses connections/) },
    ]);
    expect(await client.admin('POST /__admin/drift', { targetBaseUrl: 'http://169.254.169.254/' })).toMatchObject({
      status: 502,
      json: { code: 'outbound-refused' },
    });
  });

  it('leaves out answers that are longer than it may read', async () => {
    set('GET /long', { body: { text: 'x'.repeat(5_000) } });
    const id = await client.mock({ request: { url: '/long' }, response: { jsonBody: { text: 'x' } } });
    expect((await client.drift({ maxBodyBytes: 1_000 })).notCompared).toEqual([
      { id, reason: expect.stringMatching(/longer than 1000 bytes/) },
    ]);
  });

  it('ends with its time and with maxMocks, and says how many are left', async () => {
    for (let i = 0; i < 12; i++) {
      await client.mock({
        request: { url: `/many/${i}` },
        response: { body: 'x', headers: { 'Content-Type': 'text/plain' } },
      });
      set(`GET /many/${i}`, { body: 'y' });
    }
    expect(await client.drift({ maxMocks: 5, concurrency: 1 })).toMatchObject({
      isComplete: false,
      counts: { same: 5, left: 7 },
    });
    await client.mock({ request: { url: '/slow' }, response: { body: 'x' } });
    there.shop.answers.set('GET /slow', () => ({ headers: { 'Content-Length': '100' }, body: 'never more' }));
    const startedAt = Date.now();
    const cut = await client.drift({ timeoutMs: 400, concurrency: 1 });
    expect(cut).toMatchObject({ isComplete: false, counts: { left: 13 } });
    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });

  it('keeps secrets of the backend out of report and patch', async () => {
    const secret = 'AKIAQ3ZT7WXK4NP2VLRM';
    set('GET /keys', { body: { id: 1, password: 'hunter2hunter2', note: `key ${secret}` } });
    await client.mock({ request: { url: '/keys' }, response: { jsonBody: { id: 1 } } });
    const { text } = await client.admin('POST /__admin/drift', {});
    expect(text).toContain('$.password');
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(secret);
  });
});

describe('patches', () => {
  it('are accepted all or none: not for a mock that has changed since', async () => {
    for (const path of ['/a', '/b']) {
      set(`GET ${path}`, { body: { n: 1, m: 2 } });
      await client.mock({
        request: { url: path },
        response: { jsonBody: { n: 1 }, headers: { 'Content-Type': 'application/json' } },
      });
    }
    const report = await client.drift();
    expect(report.drifted).toHaveLength(2);
    const [changed, other] = report.drifted;
    await client.admin(`PUT /__admin/mappings/${changed!.id}`, {
      request: { url: changed!.request.url },
      response: { jsonBody: { n: 5 } },
    });
    expect(await client.apply(report.drifted)).toMatchObject({
      status: 412,
      json: { code: 'stale-write', ids: [changed!.id] },
    });
    expect((await client.admin(`GET /__admin/mappings/${other!.id}`)).json.response.jsonBody).toEqual({ n: 1 });
    expect(await client.apply([other!])).toMatchObject({ status: 200, json: { ids: [other!.id] } });
    expect((await client.admin(`GET /__admin/mappings/${other!.id}`)).json.response.jsonBody).toEqual({ n: 1, m: 2 });
  });

  it('that do not fit, or give no mapping, are refused', async () => {
    const id = await client.mock({ request: { url: '/x' }, response: { body: 'x' } });
    const send = (patch: object[]): Promise<Reply> =>
      client.admin('POST /__admin/drift/apply', { patches: [{ id, version: 1, patch }] });
    expect(await send([{ op: 'replace', path: '/response/nothing', value: 1 }])).toMatchObject({ status: 422 });
    expect(await send([{ op: 'replace', path: '/response/body', value: 7 }])).toMatchObject({
      status: 422,
      json: { code: 'invalid-mapping', mistakes: [{ pointer: '/patches/0/patch/response/body' }] },
    });
    expect(await send([{ op: 'move', path: '/response', from: '/request' }])).toMatchObject({ status: 422 });
    expect((await client.admin(`GET /__admin/mappings/${id}`)).json.response.body).toBe('x');
  });
});

describe('what was recorded anew', () => {
  it('is compared with the mocks in place of the backend', async () => {
    await client.mock({
      request: { url: '/orders' },
      response: { jsonBody: [{ id: 1 }], headers: { 'Content-Type': 'application/json' } },
    });
    set('GET /orders', { body: [{ id: 1, paid: true }] });
    await client.admin('POST /__admin/recordings/start', { targetBaseUrl: there.shop.url });
    await call(there.server.url, 'GET /orders');
    const before = there.shop.calls.length;
    expect(kindsOf((await client.drift({ source: 'recording' })).drifted)).toEqual(['added $[*].paid']);
    expect(there.shop.calls).toHaveLength(before);
  });

  it('with onExisting compare leaves mocks as they are, shows what differs and records what is new', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const id = await client.mock({
      name: 'mine',
      request: { url: '/orders' },
      response: { jsonBody: [{ id: 1 }], headers },
    });
    set('GET /orders', { body: [{ id: 2, paid: true }] });
    set('GET /new', { body: { fresh: true } });
    await client.admin('POST /__admin/recordings/start', { targetBaseUrl: there.shop.url, onExisting: 'compare' });
    await call(there.server.url, 'GET /orders');
    await call(there.server.url, 'GET /new');
    const { json } = await client.admin('POST /__admin/recordings/stop');
    expect((json.mappings as { request: { url: string } }[]).map(({ request }) => request.url)).toEqual(['/new']);
    expect(json.drift).toMatchObject({
      counts: { drifted: 1 },
      drifted: [{ id, name: 'mine', version: 1, differences: [{ kind: 'added', path: '$[*].paid' }] }],
    });
    expect((await call(there.server.url, 'GET /orders')).json).toEqual([{ id: 1 }]);
    await client.apply(json.drift.drifted);
    expect((await call(there.server.url, 'GET /orders')).json).toEqual([{ id: 1, paid: true }]);
    expect((await client.admin('POST /__admin/recordings/snapshot', { onExisting: 'compare' })).json).toMatchObject({
      mappings: [],
      drift: { counts: { same: 2, drifted: 0 } },
    });
  });
});
