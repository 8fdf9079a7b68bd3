// The same mocks as a Mockoon data file.
import { randomUUID } from 'node:crypto';

/** Mocks on one path become one route with a response for each, told apart by Mockoon's rules. */
export function mockoonEnvironment(mocks, port) {
  const byRoute = new Map();
  for (const mock of mocks) {
    const { method, urlPath, urlPathTemplate } = mock.request;
    const key = `${method} ${urlPath ?? urlPathTemplate}`;
    byRoute.set(key, [...(byRoute.get(key) ?? []), mock]);
  }
  const routes = [...byRoute.values()].map(routeOf);
  return {
    uuid: randomUUID(),
    // The data format of the CLI version that package.json names; it migrates older ones itself.
    lastMigration: 33,
    name: 'bench',
    endpointPrefix: '',
    latency: 0,
    port,
    hostname: '127.0.0.1',
    folders: [],
    routes,
    rootChildren: routes.map(route => ({ type: 'route', uuid: route.uuid })),
    proxyMode: false,
    proxyHost: '',
    proxyRemovePrefix: false,
    tlsOptions: { enabled: false, type: 'CERT', pfxPath: '', certPath: '', keyPath: '', caPath: '', passphrase: '' },
    cors: true,
    headers: [],
    proxyReqHeaders: [],
    proxyResHeaders: [],
    data: [],
    callbacks: [],
  };
}

function routeOf(mocks) {
  const { method, urlPath, urlPathTemplate } = mocks[0].request;
  const path = urlPath ?? urlPathTemplate.replace(/\{(\w+)\}/g, ':$1');
  return {
    uuid: randomUUID(),
    type: 'http',
    documentation: '',
    method: method.toLowerCase(),
    endpoint: path.slice(1),
    responses: responsesOf(mocks),
    responseMode: null,
    streamingMode: null,
    streamingInterval: 0,
  };
}

/** Where rules decide, a 404 is the default: a rule that does not match must not look like a hit. */
function responsesOf(mocks) {
  const hits = mocks.map(responseOf);
  if (hits.every(hit => hit.rules.length === 0)) return hits.map(hit => ({ ...hit, default: true }));
  const miss = responseOf({ request: {}, response: { status: 404, headers: {}, body: '' } });
  return [...hits, { ...miss, default: true }];
}

function responseOf({ request, response }) {
  return {
    uuid: randomUUID(),
    body: response.body,
    latency: 0,
    statusCode: response.status,
    label: '',
    headers: Object.entries(response.headers).map(([key, value]) => ({ key, value })),
    bodyType: 'INLINE',
    filePath: '',
    databucketID: '',
    sendFileAsBody: false,
    rules: (request.bodyPatterns ?? []).map(ruleOf),
    rulesOperator: 'OR',
    disableTemplating: true,
    fallbackTo404: false,
    default: false,
    crudKey: 'id',
    callbacks: [],
  };
}

function ruleOf(pattern) {
  const rule = { target: 'body', modifier: '', value: '', invert: false, operator: 'equals' };
  if (pattern.matchesJsonPath) {
    const { expression, equalTo } = pattern.matchesJsonPath;
    return { ...rule, modifier: expression, value: equalTo };
  }
  return { ...rule, value: JSON.stringify(pattern.equalToJson) };
}
