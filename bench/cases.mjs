// The mocks that every contender gets, and the requests that are asked of them.

/** What a hit answers, and what the bare servers answer: 190 bytes of JSON. */
export const REPLY_BODY = JSON.stringify({ id: 4711, name: 'A reply of 190 bytes', text: '-'.repeat(139) });

/** Requests of a case walk over at most this many mocks, evenly spread over all: the index is to be measured, not the CPU's cache. */
const MAX_DISTINCT_REQUESTS = 1_000;

const reply = { status: 200, headers: { 'Content-Type': 'application/json' }, body: REPLY_BODY };
const literalPath = index => `/api/things-${index}/list`;
const operation = index => `operation-${String(index).padStart(6, '0')}`;

const literalMock = index => ({
  name: `things ${index}`,
  request: { method: 'GET', urlPath: literalPath(index) },
  response: reply,
});

const templateMock = index => ({
  name: `orders ${index}`,
  request: { method: 'GET', urlPathTemplate: `/api/team-${index}/orders/{orderId}/lines/{lineId}` },
  response: reply,
});

const fieldMock = index => ({
  name: operation(index),
  request: {
    method: 'POST',
    urlPath: '/rpc',
    bodyPatterns: [{ matchesJsonPath: { expression: '$.operation', equalTo: operation(index) } }],
  },
  response: reply,
});

/** About 20 KB: an order with 100 lines. */
const bigDocument = {
  order: 4711,
  lines: Array.from({ length: 100 }, (_, index) => ({
    line: index,
    article: `article-${index}`,
    description: 'A line of an order that is long enough to be like one in a real order, with some more words',
    price: { amount: index * 1.25, currency: 'EUR' },
    tags: ['red', 'large'],
  })),
};

const bodyMock = {
  name: 'a 20 KB body',
  request: { method: 'POST', urlPath: '/documents', bodyPatterns: [{ equalToJson: bigDocument }] },
  response: reply,
};

const templatedMock = {
  name: 'an order made for the request',
  request: { method: 'GET', urlPathTemplate: '/orders/{orderId}' },
  response: {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: '{"id":"{{randomValue type=\'UUID\'}}","order":"{{request.path.orderId}}","page":"{{request.query.page}}","at":"{{now}}"}',
    transformers: ['response-template'],
  },
};
const templatedReply = /^\{"id":"[0-9a-f-]{36}","order":"\d+","page":"\d+","at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"\}$/;

/** About 1 KB: a customer's message, told apart by a name deep in it. */
const message = index => ({
  meta: { id: 4711, source: 'shop', tags: ['a', 'b', 'c'] },
  customer: { account: { name: `customer-${String(index).padStart(4, '0')}`, level: 3 }, city: 'Hamburg' },
  lines: Array.from({ length: 11 }, (_, line) => ({
    line,
    article: `article-${line}`,
    text: 'some words on an article',
    price: 12.5,
  })),
});

const messageMock = index => ({
  name: `message ${index}`,
  request: {
    method: 'POST',
    urlPath: '/messages',
    bodyPatterns: [
      { matchesJsonPath: { expression: '$.customer.account.name', equalTo: message(index).customer.account.name } },
    ],
  },
  response: reply,
});

/** Two mocks that take turns. */
const stepMocks = [
  ['Started', 'answered once'],
  ['answered once', 'Started'],
].map(([requiredScenarioState, newScenarioState]) => ({
  name: `step from ${requiredScenarioState}`,
  scenarioName: 'turns',
  requiredScenarioState,
  newScenarioState,
  request: { method: 'GET', urlPath: '/turns' },
  response: reply,
}));

/**
 * `paths`: one literal path (the oldest), one 20 KB body, then literal and template paths in turn.
 * `fields`: all on one path, told apart by a JSON field. `messages`: the same, deeper in a body of 1 KB. `templated`: one mock.
 * `turns`: two mocks of a scenario. The first mock is the oldest.
 */
export function mocksOf({ kind, size }) {
  if (kind === 'fields') return Array.from({ length: size }, (_, index) => fieldMock(index));
  if (kind === 'messages') return Array.from({ length: size }, (_, index) => messageMock(index));
  if (kind === 'templated') return [templatedMock];
  if (kind === 'turns') return stepMocks;
  return Array.from({ length: size }, (_, index) => {
    if (index === 1) return bodyMock;
    return index % 2 === 0 ? literalMock(index) : templateMock(index);
  });
}

const get = path => ({ method: 'GET', path });
const post = (path, value) => ({ method: 'POST', path, body: JSON.stringify(value) });

function spreadOver(indexes, requestFor) {
  const step = Math.max(1, indexes.length / MAX_DISTINCT_REQUESTS);
  const count = Math.min(indexes.length, MAX_DISTINCT_REQUESTS);
  return Array.from({ length: count }, (_, at) => requestFor(indexes[Math.floor(at * step)], at));
}

const indexesFrom = (first, size, step) => {
  const indexes = [];
  for (let index = first; index < size; index += step) indexes.push(index);
  return indexes;
};

const cases = {
  static: {
    title: 'static hit',
    kind: 'paths',
    requests: size => spreadOver(indexesFrom(0, size, 2), index => get(literalPath(index))),
  },
  template: {
    title: 'path-template hit',
    kind: 'paths',
    requests: size =>
      spreadOver(indexesFrom(3, size, 2), (index, at) =>
        get(`/api/team-${index}/orders/${4_000 + at}/lines/${at % 10}`),
      ),
  },
  oldest: { title: 'oldest mock', kind: 'paths', requests: () => [get(literalPath(0))] },
  field: {
    title: 'one path, told apart by a JSON field',
    kind: 'fields',
    requests: size =>
      spreadOver(indexesFrom(0, size, 1), index =>
        post('/rpc', { operation: operation(index), customer: 'c-17', amount: 12.5 }),
      ),
  },
  templated: {
    title: 'templated: uuid, path, query, date',
    kind: 'templated',
    isRight: text => templatedReply.test(text),
    requests: () => Array.from({ length: 100 }, (_, index) => get(`/orders/${4_000 + index}?page=${index % 10}`)),
  },
  jsonPath: {
    title: 'one path, told apart by JSONPath in 1 KB',
    kind: 'messages',
    requests: size => spreadOver(indexesFrom(0, size, 1), index => post('/messages', message(index))),
  },
  scenario: { title: 'scenario step', kind: 'turns', requests: () => [get('/turns')] },
  body: { title: '20 KB JSON body match', kind: 'paths', requests: () => [post('/documents', bigDocument)] },
  miss: {
    title: 'miss',
    kind: 'paths',
    status: 404,
    requests: () => Array.from({ length: 100 }, (_, index) => get(`/api/nothing-${index}/list`)),
  },
};

export const CASE_NAMES = Object.keys(cases);

const isPlainReply = text => text === REPLY_BODY;

/** A case for a catalog of `size` mocks: its title, the status and the text that are right, and its requests. */
export function caseOf(name, size) {
  const { title, kind, status = 200, isRight = isPlainReply, requests } = cases[name];
  return { name, title, kind, status, isRight, requests: requests(size) };
}
