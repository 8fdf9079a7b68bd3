import fc from 'fast-check';
import { requestFrom, type MockRequest, type StoredMock } from '@mock-server/engine';

export type Pattern = Record<string, unknown>;

export interface StoredParts {
  readonly id: string;
  readonly position: number;
  readonly mapping: Pattern;
  readonly enabled?: boolean;
}

/** A mock as storage hands it over. */
export function stored({ id, position, mapping, enabled = true }: StoredParts): StoredMock {
  return { id, position, enabled, json: JSON.stringify(mapping) };
}

export interface Given {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

export function requestOf({ method = 'GET', url = '/', headers = [], body = '' }: Partial<Given>): MockRequest {
  return requestFrom({ method, url, rawHeaders: headers.flat(), body: Buffer.from(body) });
}

// A small world, so that random mocks and random requests meet often.
const word = fc.constantFrom('a', 'b', 'c', '1', '2');
const method = fc.constantFrom('GET', 'POST', 'PUT');
const path = fc.constantFrom('/', '/a', '/a/b', '/a/c', '/a/b/c', '/b', '/a/1');
const query = fc.array(fc.tuple(fc.constantFrom('x', 'y'), word), { maxLength: 3 });
const queryText = query.map(pairs => pairs.map(pair => pair.join('=')).join('&'));

const url: fc.Arbitrary<Pattern> = fc.oneof(
  fc.constant({}),
  path.map(urlPath => ({ urlPath })),
  path.map(urlPath => ({ urlPath })),
  fc.tuple(path, queryText).map(([at, text]) => ({ url: text === '' ? at : `${at}?${text}` })),
  fc.constantFrom('/a/{x}', '/{x}/b', '/{x}', '/a/{x}/c', '/a/**', '/a/{x}b').map(text => ({ urlPathTemplate: text })),
  fc.constantFrom('/a/[a-z]', '/a.*', '.*', '/[ab]', '/a/b|/b', '(?i)/A/B').map(text => ({ urlPathPattern: text })),
  fc.constantFrom('/a\\?x=.*', '/a(/b)?(\\?.*)?', '.*y=1').map(text => ({ urlPattern: text })),
);

const methodPattern: fc.Arbitrary<Pattern> = fc.oneof(
  fc.constant({}),
  method.map(name => ({ method: name })),
  fc.constant({ method: 'ANY' }),
  fc.subarray(['GET', 'POST', 'PUT'], { minLength: 1 }).map(oneOf => ({ method: { oneOf } })),
  fc.subarray(['GET', 'POST'], { minLength: 1 }).map(noneOf => ({ method: { noneOf } })),
);

const value: fc.Arbitrary<Pattern> = fc.oneof(
  { weight: 4, arbitrary: word.map(equalTo => ({ equalTo })) },
  { weight: 1, arbitrary: word.map(equalTo => ({ equalTo, caseInsensitive: true })) },
  { weight: 1, arbitrary: fc.constant({ absent: true }) },
  { weight: 1, arbitrary: word.map(contains => ({ contains })) },
  { weight: 1, arbitrary: fc.tuple(word, word).map(([a, b]) => ({ or: [{ equalTo: a }, { equalTo: b }] })) },
  { weight: 1, arbitrary: word.map(a => ({ and: [{ equalTo: a }, { not: { equalTo: 'c' } }] })) },
  { weight: 1, arbitrary: word.map(a => ({ not: { equalTo: a } })) },
);
const values: fc.Arbitrary<Pattern> = fc.oneof(
  { weight: 5, arbitrary: value },
  { weight: 1, arbitrary: fc.array(value, { maxLength: 2 }).map(includes => ({ includes })) },
  { weight: 1, arbitrary: fc.array(value, { maxLength: 2 }).map(hasExactly => ({ hasExactly })) },
);

const scalar: fc.Arbitrary<unknown> = fc.oneof(
  word,
  fc.constantFrom(1, 2, '2.0', true, null, '${json-unit.any-string}'),
);
export const json: fc.Arbitrary<unknown> = fc.oneof(
  scalar,
  fc.record({ a: scalar, b: scalar }, { requiredKeys: [] }),
  fc.record({ a: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.record({ b: scalar })) }),
  fc.record({ l: fc.array(fc.record({ a: scalar, b: scalar }, { requiredKeys: [] }), { maxLength: 3 }) }),
  fc.array(scalar, { maxLength: 2 }),
);
const literal = fc.constantFrom("'a'", "'b'", "'1'", '1', '2', "'2.0'", 'true', 'null');
const bodyPattern: fc.Arbitrary<Pattern> = fc.oneof(
  value,
  fc.tuple(json, fc.boolean(), fc.boolean()).map(([wanted, ignoreArrayOrder, ignoreExtraElements]) => ({
    equalToJson: JSON.stringify(wanted),
    ignoreArrayOrder,
    ignoreExtraElements,
  })),
  fc
    .tuple(fc.constantFrom('$.a', '$.b', '$.a.b', '$.l[0].a', '$.l[-1].b', '$.l[*].a', '$..a', '$'), value)
    .map(([expression, inner]) => ({ matchesJsonPath: { expression, ...inner } })),
  fc
    .tuple(fc.constantFrom('$.l[?(@.a == L)]', '$.l[?(@.b === L)]', '$[?(@.a == L)]', '$.a[?(@ == L)]'), literal)
    .map(([text, lit]) => ({ matchesJsonPath: text.replace('L', lit) })),
  fc.tuple(literal, literal).map(([a, b]) => ({ matchesJsonPath: `$.l[?(@.a == ${a} && ${b} == @.b)]` })),
  fc.constantFrom('$.a', '$.a.b', '$.l').map(matchesJsonPath => ({ matchesJsonPath })),
);

const request: fc.Arbitrary<Pattern> = fc
  .tuple(
    url,
    methodPattern,
    fc.record(
      {
        headers: fc.dictionary(fc.constantFrom('X-A', 'x-b'), values, { maxKeys: 2, minKeys: 1 }),
        queryParameters: fc.dictionary(fc.constantFrom('x', 'y'), values, { maxKeys: 2, minKeys: 1 }),
        cookies: fc.dictionary(fc.constantFrom('k', 'l'), values, { maxKeys: 1, minKeys: 1 }),
        formParameters: fc.dictionary(fc.constantFrom('f', 'g'), values, { maxKeys: 1, minKeys: 1 }),
        bodyPatterns: fc.array(bodyPattern, { maxLength: 2 }),
        basicAuthCredentials: fc.constant({ username: 'u', password: 'p' }),
      },
      { requiredKeys: [] },
    ),
  )
  // Two kinds of condition at most: mocks that ask for everything never match.
  .map(([at, how, rest]) => ({ ...at, ...how, ...Object.fromEntries(Object.entries(rest).slice(-2)) }));

export const mapping: fc.Arbitrary<Pattern> = fc
  .tuple(
    request,
    fc.option(fc.integer({ min: 1, max: 7 })),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant({}) },
      {
        weight: 1,
        arbitrary: fc.record({
          scenarioName: fc.constantFrom('s', 't'),
          requiredScenarioState: fc.constantFrom('Started', 'on'),
        }),
      },
    ),
  )
  .map(([wanted, priority, scenario]) => ({ request: wanted, priority, ...scenario }));

export const given: fc.Arbitrary<Given> = fc
  .tuple(
    method,
    path,
    queryText,
    fc.array(
      fc.oneof(
        fc.tuple(fc.constantFrom('X-A', 'x-a', 'X-B'), word),
        fc.tuple(
          fc.constant('Cookie'),
          fc.tuple(fc.constantFrom('k', 'l'), word).map(pair => pair.join('=')),
        ),
        fc.constantFrom<[string, string]>(
          ['Content-Type', 'application/x-www-form-urlencoded'],
          ['Authorization', 'Basic dTpw'],
        ),
      ),
      { maxLength: 4 },
    ),
    fc.oneof(
      fc.constant(''),
      word,
      json.map(one => JSON.stringify(one)),
      fc.tuple(fc.constantFrom('f', 'g'), word).map(pair => pair.join('=')),
    ),
  )
  .map(([verb, at, text, headers, body]) => ({ method: verb, url: text === '' ? at : `${at}?${text}`, headers, body }));

export const change = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('put' as const), id: fc.nat(40), mapping, enabled: fc.constant(true) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('put' as const), id: fc.nat(40), mapping, enabled: fc.constant(false) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), id: fc.nat(40) }) },
);

const telling = fc.constantFrom<unknown>('a', 'b', '1', '2.0', '2', 1, 2, true, null);
const ways: ((one: unknown) => Pattern)[] = [
  one => ({ headers: { 'X-A': { equalTo: String(one) } } }),
  one => ({ queryParameters: { x: { equalTo: String(one) } } }),
  one => ({ cookies: { k: { equalTo: String(one) } } }),
  one => ({ bodyPatterns: [{ equalTo: String(one) }] }),
  one => ({ bodyPatterns: [{ equalToJson: JSON.stringify({ a: one }), ignoreExtraElements: true }] }),
  one => ({ bodyPatterns: [{ matchesJsonPath: { expression: '$.a', equalTo: String(one) } }] }),
  one => ({
    bodyPatterns: [{ matchesJsonPath: `$.l[?(@.a == ${typeof one === 'string' ? `'${one}'` : String(one)})]` }],
  }),
];

/** Mocks of `/a` that one part of the request tells apart: enough of them for the index to split by it. */
export const alike: fc.Arbitrary<Pattern[]> = fc
  .tuple(
    fc.constantFrom(...ways),
    fc.array(fc.tuple(telling, fc.integer({ min: 1, max: 7 })), { minLength: 12, maxLength: 40 }),
  )
  .map(([way, all]) => all.map(([one, priority]) => ({ priority, request: { urlPath: '/a', ...way(one) } })));

const tellingBody = fc
  .array(telling, { maxLength: 2 })
  .map(list => JSON.stringify({ a: list.length === 1 ? list[0] : list, l: list.map(one => ({ a: one })) }));

/** A request to `/a`. */
export const givenAtA = fc
  .tuple(given, fc.option(tellingBody))
  .map(([one, body]) => ({ ...one, url: one.url.replace(/^[^?]*/, '/a'), body: body ?? one.body }));
