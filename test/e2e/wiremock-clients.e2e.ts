import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
  BodyType,
  DelayType,
  EndpointFeature,
  MatchingAttributes,
  WireMock,
  WireMockAPI,
  type IWireMockRequest,
} from 'wiremock-captain';
import { WireMockRestClient } from 'wiremock-rest-client';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { startServer } from '../support/server';

let server: ScratchServer;

beforeAll(async () => {
  server = await startScratchServer();
});
afterAll(async () => {
  await server.remove();
});

const get = (path: string) => call(server.url, `GET ${path}`);

describe('wiremock-rest-client, against the traffic port', () => {
  /** Otherwise the client ends the process at the first answer that is an error. */
  const options = { logLevel: 'silent', continueOnFailure: true } as const;
  let client: WireMockRestClient;
  beforeAll(() => {
    client = new WireMockRestClient(server.url, options);
  });
  beforeEach(async () => {
    await client.mappings.deleteAllMappings();
    await client.requests.deleteAllRequests();
  });

  const aMapping = (url: string, body = 'answer', more: object = {}) => ({
    request: { method: 'GET', url },
    response: { status: 200, body },
    ...more,
  });
  const idOf = (mapping: { id?: string }): string => mapping.id ?? '';

  it('creates, lists, gets, edits and deletes a mock', async () => {
    const made = await client.mappings.createMapping(aMapping('/users', 'created'));
    const list = await client.mappings.getAllMappings();
    const found = await client.mappings.getMapping(idOf(made));
    expect(made).toMatchObject({ request: { url: '/users' }, response: { body: 'created' }, uuid: idOf(made) });
    expect(list).toMatchObject({ mappings: [{ id: made.id }], meta: { total: 1 } });
    expect(found).toEqual(made);
    expect((await get('/users')).text).toBe('created');
    const edited = await client.mappings.updateMapping(idOf(made), aMapping('/users', 'edited'));
    expect(edited).toMatchObject({ id: made.id, response: { body: 'edited' } });
    expect((await get('/users')).text).toBe('edited');
    await client.mappings.deleteMapping(idOf(made));
    expect((await get('/users')).status).toBe(404);
    expect(await client.mappings.getMapping(idOf(made))).toMatchObject({ status: 404, code: 'mock-not-found' });
  });

  it('creates mocks from a file and from a folder', async () => {
    // The client takes paths that are relative to where it runs.
    const folder = relative(process.cwd(), join(server.folder, 'stubs'));
    await mkdir(folder);
    await writeFile(join(folder, 'one.json'), JSON.stringify(aMapping('/from-file')));
    await writeFile(join(folder, 'two.json'), JSON.stringify(aMapping('/from-folder')));
    await client.mappings.createMappingFromFile(join(folder, 'one.json'));
    expect((await get('/from-file')).status).toBe(200);
    await client.mappings.deleteAllMappings();
    expect((await get('/from-file')).status).toBe(404);
    await client.mappings.createMappingsFromDir(folder);
    await eventually(async () => (await client.mappings.getAllMappings()).meta?.total === 2);
    expect([(await get('/from-file')).status, (await get('/from-folder')).status]).toEqual([200, 200]);
  });

  it('saves all mocks, so that a reset keeps them', async () => {
    await client.mappings.createMapping(aMapping('/saved'));
    await client.mappings.saveAllMappings();
    await client.mappings.createMapping(aMapping('/not-saved'));
    await client.mappings.createMapping(aMapping('/persistent', 'kept', { persistent: true }));
    await client.mappings.resetAllMappings();
    const statuses = await Promise.all(['/saved', '/not-saved', '/persistent'].map(get));
    expect(statuses.map(({ status }) => status)).toEqual([200, 404, 200]);
  });

  it('finds and removes mocks by metadata', async () => {
    await client.mappings.createMapping(aMapping('/a', 'a', { metadata: { team: 'orders', tags: ['x'] } }));
    await client.mappings.createMapping(aMapping('/b', 'b', { metadata: { team: 'users' } }));
    const pattern = { matchesJsonPath: '$[?(@.team == "orders")]' };
    const found = await client.mappings.findByMetaData(pattern);
    expect(found.mappings?.map(({ request }) => request?.['url'])).toEqual(['/a']);
    await client.mappings.removeByMetaData(pattern);
    const left = await client.mappings.getAllMappings();
    expect(left.mappings?.map(({ request }) => request?.['url'])).toEqual(['/b']);
  });

  it('lists, gets, counts, finds and removes requests', async () => {
    await client.mappings.createMapping(aMapping('/a', 'a', { metadata: { team: 'orders' } }));
    await get('/a');
    await get('/nowhere');
    const list = await client.requests.getAllRequests();
    const [newest] = list.requests;
    expect(list).toMatchObject({
      meta: { total: 2 },
      requests: [{ request: { url: '/nowhere' } }, { wasMatched: true }],
    });
    expect(await client.requests.getRequest(newest.id)).toMatchObject({ id: newest.id, request: { url: '/nowhere' } });
    expect(await client.requests.getCount({ method: 'GET', url: '/a' })).toMatchObject({ count: 1 });
    expect(await client.requests.findRequests({ url: '/a' })).toMatchObject({ requests: [{ url: '/a' }] });
    expect(await client.requests.getUnmatchedRequests()).toMatchObject({ requests: [{ url: '/nowhere' }] });
    await client.requests.deleteRequest(newest.id);
    expect((await client.requests.getAllRequests()).meta.total).toBe(1);
    await client.requests.removeRequestsByMetadata({ matchesJsonPath: '$[?(@.team == "orders")]' });
    expect((await client.requests.getAllRequests()).meta.total).toBe(0);
    await get('/nowhere');
    await client.requests.removeRequests({ url: '/nowhere' });
    expect((await client.requests.getAllRequests()).meta.total).toBe(0);
    await get('/nowhere');
    await client.requests.resetAllRequests();
    expect((await client.requests.getAllRequests()).meta.total).toBe(0);
  });

  it('asks for near misses of unmatched requests', async () => {
    await client.mappings.createMapping(aMapping('/orders'));
    await get('/order');
    const near = await client.requests.getUnmatchedNearMisses();
    expect(near).toMatchObject({
      nearMisses: [{ request: { url: '/order' }, stubMapping: { request: { url: '/orders' } } }],
    });
  });

  it('asks for near misses of a request, and of a request pattern', async () => {
    await client.mappings.createMapping(aMapping('/orders'));
    await get('/orders');
    const forRequest = await client.requests.getNearMissesByRequest({ url: '/order', method: 'GET' });
    const forPattern = await client.requests.getNearMissesByRequestPattern({ url: '/orderz', method: 'GET' });
    expect(forRequest).toMatchObject({ nearMisses: [{ stubMapping: { request: { url: '/orders' } } }] });
    expect(forPattern).toMatchObject({ nearMisses: [{ request: { url: '/orders' } }] });
  });

  it('sets a delay for all mocks, and takes it back', async () => {
    await client.mappings.createMapping(aMapping('/slow'));
    await client.global.updateGlobalSettings({ fixedDelay: 150 });
    const begin = performance.now();
    await get('/slow');
    expect(performance.now() - begin).toBeGreaterThan(140);
    await client.global.updateGlobalSettings({ fixedDelay: 0 });
    expect((await call(server.url, 'GET /__admin/settings')).json.settings.fixedDelay).toBe(0);
  });

  it('stops the server only where that is allowed', async () => {
    await client.global.shutdown();
    expect((await get('/__admin/health')).status).toBe(200);
    const own = await startServer({
      DATABASE_URL: `sqlite:${join(server.folder, 'shutdown.db')}`,
      DATA_DIR: join(server.folder, 'shutdown'),
      ALLOW_REMOTE_SHUTDOWN: 'true',
    });
    await new WireMockRestClient(own.url, options).global.shutdown();
    expect(await own.exited).toBe(0);
  });

  it('lists scenarios, sets their state, and resets one or all', async () => {
    for (const [state, next] of [['Started', 'Paid'] as const, ['Paid', undefined] as const])
      await client.mappings.createMapping(
        aMapping('/order', state, {
          scenarioName: 'order',
          requiredScenarioState: state,
          ...(next === undefined ? {} : { newScenarioState: next }),
        }),
      );
    // The client's types say that it gives a list; it gives what the server answers.
    const stateOf = async (): Promise<string | undefined> => {
      const answer = (await client.scenarios.getAllScenarios()) as unknown as { scenarios: { state: string }[] };
      return answer.scenarios[0]?.state;
    };
    expect([(await get('/order')).text, (await get('/order')).text]).toEqual(['Started', 'Paid']);
    expect(await client.scenarios.getAllScenarios()).toMatchObject({
      scenarios: [{ name: 'order', state: 'Paid', possibleStates: ['Started', 'Paid'] }],
    });
    await client.scenarios.resetAllScenarios();
    expect(await stateOf()).toBe('Started');
    await client.scenarios.setScenarioState('order', 'Paid');
    expect((await get('/order')).text).toBe('Paid');
    await client.scenarios.resetScenario('order');
    expect((await get('/order')).text).toBe('Started');
  });

  it('resets everything', async () => {
    await client.mappings.createMapping(aMapping('/a'));
    await get('/a');
    await client.global.resetAll();
    expect(await client.mappings.getAllMappings()).toMatchObject({ mappings: [], meta: { total: 0 } });
    expect(await client.requests.getAllRequests()).toMatchObject({ requests: [] });
  });

  it('is told why a mock is refused', async () => {
    const mistaken = { request: { url: '/a', urlPath: '/b' }, response: { status: 'none' } };
    const answer = await client.mappings.createMapping(mistaken as never);
    expect(answer).toMatchObject({ status: 422, code: 'invalid-mapping' });
    expect(answer['errors'][0]).toMatchObject({ code: 10, source: { pointer: expect.stringMatching(/^\/re/) } });
  });

  it('reaches another workspace by a path prefix in its base URL', async () => {
    await call(server.url, 'POST /__admin/workspaces', { body: { slug: 'rest', name: 'Rest' } });
    const other = new WireMockRestClient(`${server.url}/__w/rest/`, options);
    await other.mappings.createMapping(aMapping('/theirs'));
    expect((await other.mappings.getAllMappings()).meta?.total).toBe(1);
    expect([(await get('/theirs')).status, (await get('/__w/rest/theirs')).status]).toEqual([404, 200]);
  });
});

describe('import, which no client on npm has', () => {
  it("takes WireMock's importOptions", async () => {
    const send = (mappings: object[], importOptions?: object) =>
      call(server.url, 'POST /__admin/mappings/import', { body: { mappings, importOptions } });
    const one = { id: '5d0c8a0e-2f7c-4b61-9a53-0a4f0f2f0001', request: { url: '/one' } };
    const two = { id: '5d0c8a0e-2f7c-4b61-9a53-0a4f0f2f0002', request: { url: '/two' }, response: { body: 'two' } };
    await send([{ ...one, response: { body: 'first' } }, two]);
    await send([{ ...one, response: { body: 'ignored' } }], { duplicatePolicy: 'IGNORE', deleteAllNotInImport: false });
    const ignored = await get('/one');
    await send([{ ...one, response: { body: 'overwritten' } }], {
      duplicatePolicy: 'OVERWRITE',
      deleteAllNotInImport: true,
    });
    expect(ignored.text).toBe('first');
    expect([(await get('/one')).text, (await get('/two')).status]).toEqual(['overwritten', 404]);
  });
});

describe('wiremock-captain, against the traffic port', () => {
  let captain: WireMock;
  beforeAll(() => {
    captain = new WireMock(server.url);
  });
  beforeEach(() => captain.clearAll());

  const request: IWireMockRequest = { method: 'POST', endpoint: '/orders', body: { item: 'tea', tags: ['a', 'b'] } };
  const order = (body: object, headers: Record<string, string> = {}) =>
    call(server.url, 'POST /orders', { body, headers });

  it('registers a mock, and gets, lists and deletes it', async () => {
    const { id } = await captain.register(request, { status: 201, body: { ok: true }, headers: { 'X-A': '1' } });
    const answer = await order(request.body as object);
    expect(answer).toMatchObject({ status: 201, json: { ok: true } });
    expect(answer.headers).toMatchObject({ 'x-a': '1', 'content-type': 'application/json; charset=utf-8' });
    expect(await captain.getMapping(id)).toMatchObject({ id, request: { url: '/orders', method: 'POST' } });
    expect(await captain.getAllMappings()).toHaveLength(1);
    await captain.deleteMapping(id);
    expect((await order(request.body as object)).status).toBe(404);
  });

  it('matches by body, header, query parameter and cookie features', async () => {
    await captain.register(
      {
        ...request,
        endpoint: '/ord.*',
        headers: { 'X-Env': 'pr' },
        queryParameters: { page: '[0-9]+' },
        cookies: { sid: '7' },
        body: { tags: ['b', 'a'] },
      },
      { status: 200, body: 'matched' },
      {
        requestEndpointFeature: EndpointFeature.UrlPathPattern,
        requestHeaderFeatures: { 'X-Env': MatchingAttributes.Contains },
        requestQueryParamFeatures: { page: MatchingAttributes.Matches },
        requestIgnoreArrayOrder: true,
        requestIgnoreExtraElements: true,
        responseBodyType: BodyType.Body,
        stubPriority: 1,
      },
    );
    const ask = (path: string, headers: Record<string, string>) =>
      call(server.url, `POST ${path}`, { body: request.body, headers });
    const hit = await ask('/orders?page=12', { 'X-Env': 'prod', Cookie: 'sid=7' });
    const misses = await Promise.all([
      ask('/orders?page=x', { 'X-Env': 'prod', Cookie: 'sid=7' }),
      ask('/orders?page=12', { 'X-Env': 'dev', Cookie: 'sid=7' }),
      ask('/orders?page=12', { 'X-Env': 'prod', Cookie: 'sid=8' }),
    ]);
    expect(hit).toMatchObject({ status: 200, text: 'matched' });
    expect(misses.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  it('delays an answer and sends bytes', async () => {
    const bytes = Buffer.from([0, 255, 1, 254]);
    await captain.register(
      { method: 'GET', endpoint: '/bytes' },
      { status: 200, body: bytes.toString('base64') },
      { responseBodyType: BodyType.Base64Body, responseDelay: { type: DelayType.FIXED, constantDelay: 150 } },
    );
    const begin = performance.now();
    const answer = await get('/bytes');
    expect(answer.bytes.equals(bytes)).toBe(true);
    expect(performance.now() - begin).toBeGreaterThan(140);
  });

  it('reads the requests of an API, all requests, and the unmatched ones', async () => {
    const api = new WireMockAPI(server.url, '/orders', 'POST');
    await api.registerDefaultResponse({ status: 200, body: { ok: 1 } });
    await order({ any: 1 });
    await get('/nowhere');
    expect(await api.getRequestsForAPI()).toMatchObject([{ request: { method: 'POST', url: '/orders' } }]);
    expect(await captain.getRequestsForAPI('GET', '/nowhere')).toHaveLength(1);
    expect(await captain.getAllRequests()).toHaveLength(2);
    expect(await captain.getUnmatchedRequests()).toMatchObject([{ url: '/nowhere' }]);
    await captain.clearAllRequests();
    expect(await captain.getAllRequests()).toEqual([]);
  });

  it('drives a scenario and resets it', async () => {
    const endpoint = '/order';
    const scenario = (requiredScenarioState: string, newScenarioState?: string) => ({
      scenario: {
        scenarioName: 'pay',
        requiredScenarioState,
        ...(newScenarioState === undefined ? {} : { newScenarioState }),
      },
    });
    await captain.register({ method: 'GET', endpoint }, { status: 200, body: 'open' }, scenario('Started', 'Paid'));
    await captain.register({ method: 'GET', endpoint }, { status: 200, body: 'paid' }, scenario('Paid'));
    const texts = [(await get(endpoint)).json, (await get(endpoint)).json];
    expect(await captain.getAllScenarios()).toMatchObject([{ name: 'pay', state: 'Paid' }]);
    await captain.resetAllScenarios();
    expect([...texts, (await get(endpoint)).json]).toEqual(['open', 'paid', 'open']);
  });

  it('clears what is not default, and clears all', async () => {
    await captain.register({ method: 'GET', endpoint: '/a' }, { status: 200 });
    await get('/a');
    await captain.clearAllExceptDefault();
    expect([await captain.getAllMappings(), await captain.getAllRequests()]).toEqual([[], []]);
    await captain.register({ method: 'GET', endpoint: '/a' }, { status: 200 });
    await captain.resetMappings();
    expect(await captain.getAllMappings()).toEqual([]);
    await captain.register({ method: 'GET', endpoint: '/a' }, { status: 200 });
    await captain.clearAllMappings();
    expect(await captain.getAllMappings()).toEqual([]);
  });
});
