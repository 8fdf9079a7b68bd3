import { call, type Reply } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

const id = '6a3cbb40-5a5c-4d1e-9d0e-5f0c0a1b2c3d';
const stub = {
  id,
  name: 'The tea',
  request: { method: 'GET', urlPath: '/tea' },
  response: { status: 200, body: 'hot' },
  metadata: { team: 'orders' },
};
const pattern = { method: 'GET', urlPath: '/tea' };
const byTeam = { matchesJsonPath: '$.team' };
const inScenario = {
  request: { url: '/step' },
  response: { status: 200 },
  scenarioName: 'steps',
  newScenarioState: 'two',
};

/** The client refuses an answer with a field that it does not know; these are the ones it knows. */
const fieldsOf = {
  serveEvent: ['id', 'request', 'response', 'responseDefinition', 'stubMapping', 'subEvents', 'timing', 'wasMatched'],
  nearMiss: ['request', 'stubMapping', 'matchResult', 'requestPattern'],
  matchResult: ['subEvents', 'diffDescriptions', 'distance'],
};

interface Row {
  readonly method: string;
  readonly line: string;
  readonly body?: unknown;
  readonly status: number;
  /** What the client takes out of the answer; `undefined`: it looks at the status only. */
  readonly expects?: (json: Reply['json']) => void;
}

const only = (known: readonly string[], list: readonly object[]): void => {
  expect(list.length).toBeGreaterThan(0);
  for (const one of list) expect(Object.keys(one).filter(name => !known.includes(name))).toEqual([]);
};

/** Every call of WireMock's own Java client (`HttpAdminClient` of 3.13), in an order in which each has something to find. */
const rows: readonly Row[] = [
  { method: 'resetAll', line: 'POST /reset', status: 200 },
  {
    method: 'addStubMapping',
    line: 'POST /mappings',
    body: stub,
    status: 201,
    expects: json => expect(json).toMatchObject(stub),
  },
  { method: 'addStubMapping (scenario)', line: 'POST /mappings', body: inScenario, status: 201 },
  { method: '(a hit)', line: 'GET ../tea', status: 200 },
  { method: '(a miss)', line: 'GET ../coffee', status: 404 },
  {
    method: 'editStubMapping',
    line: `PUT /mappings/${id}`,
    body: stub,
    status: 200,
    expects: json => expect(json.id).toBe(id),
  },
  {
    method: 'getStubMapping',
    line: `GET /mappings/${id}`,
    status: 200,
    expects: json => expect(json).toEqual({ ...stub, uuid: id }),
  },
  { method: 'getStubMapping (none)', line: 'GET /mappings/6a3cbb40-5a5c-4d1e-9d0e-000000000000', status: 404 },
  {
    method: 'listAllStubMappings',
    line: 'GET /mappings',
    status: 200,
    expects: json =>
      expect([json.mappings.length, json.meta, Object.keys(json)]).toEqual([2, { total: 2 }, ['mappings', 'meta']]),
  },
  { method: 'saveMappings', line: 'POST /mappings/save', status: 200 },
  {
    method: 'getServeEvents',
    line: 'GET /requests',
    status: 200,
    expects: json => {
      only(['requests', 'meta', 'requestJournalDisabled'], [json]);
      only(fieldsOf.serveEvent, json.requests);
      only(['addedDelay', 'processTime', 'responseSendTime', 'serveTime', 'totalTime'], [json.requests[0].timing]);
      only(['type', 'timeOffsetNanos', 'data'], json.requests[0].subEvents);
      expect(json.meta).toEqual({ total: 2 });
    },
  },
  {
    method: 'getServeEvents (query)',
    line: `GET /requests?matchingStub=${id}&limit=1&since=2020-01-01T00%3A00%3A00Z`,
    status: 200,
    expects: json => expect(json.requests).toMatchObject([{ stubMapping: { id } }]),
  },
  {
    method: 'getServeEvents (unmatched)',
    line: 'GET /requests?unmatched=true',
    status: 200,
    expects: json => expect(json.requests.length).toBe(1),
  },
  {
    method: 'getServedStub',
    line: 'GET /requests/{event}',
    status: 200,
    expects: json => only(fieldsOf.serveEvent, [json]),
  },
  {
    method: 'countRequestsMatching',
    line: 'POST /requests/count',
    body: pattern,
    status: 200,
    expects: json => expect(json).toEqual({ count: 1, requestJournalDisabled: false }),
  },
  {
    method: 'findRequestsMatching',
    line: 'POST /requests/find',
    body: pattern,
    status: 200,
    expects: json =>
      expect(json).toMatchObject({ requests: [{ url: '/tea', method: 'GET' }], requestJournalDisabled: false }),
  },
  {
    method: 'findUnmatchedRequests',
    line: 'GET /requests/unmatched',
    status: 200,
    expects: json => expect(json.requests[0].url).toBe('/coffee'),
  },
  {
    method: 'findNearMissesForUnmatchedRequests',
    line: 'GET /requests/unmatched/near-misses',
    status: 200,
    expects: json => {
      only(fieldsOf.nearMiss, json.nearMisses);
      only(
        fieldsOf.matchResult,
        json.nearMisses.map((miss: { matchResult: object }) => miss.matchResult),
      );
    },
  },
  {
    method: 'findTopNearMissesFor (request)',
    line: 'POST /near-misses/request',
    body: { url: '/te', absoluteUrl: 'http://localhost/te', method: 'GET', headers: {}, browserProxyRequest: false },
    status: 200,
    expects: json => expect(json.nearMisses[0].stubMapping.id).toBe(id),
  },
  {
    method: 'findTopNearMissesFor (pattern)',
    line: 'POST /near-misses/request-pattern',
    body: { url: '/te', method: 'GET' },
    status: 200,
    expects: json => {
      expect(json.nearMisses[0].request.url).toBe('/tea');
      only(fieldsOf.matchResult, [json.nearMisses[0].matchResult]);
    },
  },
  {
    method: 'findUnmatchedStubs',
    line: 'GET /mappings/unmatched',
    status: 200,
    expects: json => expect(json.mappings.length).toBe(1),
  },
  {
    method: 'findAllStubsByMetadata',
    line: 'POST /mappings/find-by-metadata',
    body: byTeam,
    status: 200,
    expects: json => expect(json.mappings.length).toBe(1),
  },
  {
    method: 'getAllScenarios',
    line: 'GET /scenarios',
    status: 200,
    expects: json =>
      expect(json.scenarios).toMatchObject([{ id: 'steps', name: 'steps', state: 'Started', possibleStates: ['two'] }]),
  },
  { method: 'setScenarioState', line: 'PUT /scenarios/steps/state', body: { state: 'two' }, status: 200 },
  { method: 'resetScenario', line: 'PUT /scenarios/steps/state', status: 200 },
  { method: 'resetScenarios', line: 'POST /scenarios/reset', status: 200 },
  {
    method: 'updateGlobalSettings',
    line: 'POST /settings',
    body: { fixedDelay: 1, proxyPassThrough: true },
    status: 200,
  },
  { method: 'patchExtendedSettings', line: 'PATCH /settings/extended', body: { extended: { a: 1 } }, status: 200 },
  {
    method: 'patchExtendedSettings (more)',
    line: 'PATCH /settings/extended',
    body: { extended: { b: 2 } },
    status: 200,
  },
  {
    method: 'getGlobalSettings',
    line: 'GET /settings',
    status: 200,
    expects: json =>
      expect(json).toEqual({ settings: { fixedDelay: 1, proxyPassThrough: true, extended: { a: 1, b: 2 } } }),
  },
  { method: 'updateGlobalSettings (none)', line: 'POST /settings', body: {}, status: 200 },
  {
    method: 'importStubs',
    line: 'POST /mappings/import',
    body: {
      mappings: [{ request: { url: '/more' }, response: {} }],
      importOptions: { duplicatePolicy: 'IGNORE', deleteAllNotInImport: false },
    },
    status: 200,
  },
  { method: 'removeServeEvent', line: 'DELETE /requests/{event}', status: 200 },
  { method: '(a hit)', line: 'GET ../tea', status: 200 },
  {
    method: 'removeServeEventsMatching',
    line: 'POST /requests/remove',
    body: { url: '/coffee' },
    status: 200,
    expects: json => only(['serveEvents'], [json]),
  },
  {
    method: 'removeServeEventsForStubsMatchingMetadata',
    line: 'POST /requests/remove-by-metadata',
    body: byTeam,
    status: 200,
    expects: json => only(fieldsOf.serveEvent, json.serveEvents),
  },
  { method: 'removeStubMapping (id)', line: `DELETE /mappings/${id}`, status: 200 },
  { method: 'removeStubMapping', line: 'POST /mappings/remove', body: inScenario, status: 200 },
  { method: 'removeStubsByMetadata', line: 'POST /mappings/remove-by-metadata', body: byTeam, status: 200 },
  { method: 'resetRequests', line: 'DELETE /requests', status: 200 },
  { method: 'resetToDefaultMappings', line: 'POST /mappings/reset', status: 200 },
  { method: 'resetMappings', line: 'DELETE /mappings', status: 200 },
  { method: 'shutdownServer (not allowed)', line: 'POST /shutdown', status: 403 },
];

let server: ScratchServer;

beforeAll(async () => {
  server = await startScratchServer();
});
afterAll(async () => {
  await server.remove();
});

it("answers every call of WireMock's Java client as it expects", async () => {
  let event = '';
  for (const { method, line, body, status, expects } of rows) {
    const path = line.replace(' ', ' /__admin').replace('/__admin../', '/').replace('{event}', event);
    const reply = await call(server.url, path, body === undefined ? {} : { body });
    expect([method, reply.status]).toEqual([method, status]);
    expects?.(reply.json);
    if (line === 'GET /requests') event = reply.json.requests[0].id as string;
  }
});
