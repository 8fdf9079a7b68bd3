import { exampleRequest } from './example-request';
import { type RequestPattern } from './mapping-schema';
import { requestFrom } from './mock-request';
import { compileRequest, requestMatches } from './request-matcher';

const any = { matches: '.*' };

it.each<[string, RequestPattern, string]>([
  ['a URL', { method: 'GET', url: '/a?b=1' }, 'GET /a?b=1'],
  ['parameters', { urlPath: '/a', queryParameters: { q: { equalTo: 'x y' }, p: { absent: true } } }, 'GET /a?q=x%20y'],
  [
    'lists of values',
    { urlPath: '/a', queryParameters: { q: { hasExactly: [{ equalTo: '1' }, any] } } },
    'GET /a?q=1&q=any',
  ],
  ['a template', { urlPathTemplate: '/u/{id}/x-{name}', pathParameters: { name: { equalTo: 'n' } } }, 'GET /u/7/x-n'],
  ['a pattern that is a text', { urlPathPattern: '/a/b\\.c' }, 'GET /a/b.c'],
  ['one of several methods', { method: { oneOf: ['PUT', 'POST'] }, url: '/' }, 'PUT /'],
  ['none of several methods', { method: { noneOf: ['GET'] }, url: '/' }, 'HEAD /'],
  [
    'headers, cookies, credentials',
    {
      url: '/',
      headers: { A: { contains: 'x' }, B: any },
      cookies: { c: { equalTo: '1' } },
      basicAuthCredentials: { username: 'u', password: 'p' },
    },
    'GET /',
  ],
  [
    'a JSON body',
    {
      method: 'POST',
      url: '/',
      bodyPatterns: [{ equalToJson: { a: '${json-unit.any-string}', n: '${json-unit.any-number}' } }],
    },
    'POST /',
  ],
  ['a form', { method: 'POST', url: '/', formParameters: { a: { equalTo: 'x&y' } } }, 'POST /'],
  ['bytes', { method: 'PUT', url: '/', bodyPatterns: [{ binaryEqualTo: 'AP8=' }] }, 'PUT /'],
])('%s: the request that is made is taken', (_what, pattern, line) => {
  const made = exampleRequest(pattern, { id: '7' });
  if (!made.ok) throw new Error(made.reason);
  const { method, url, headers, body } = made.example;
  expect(`${method} ${url}`).toBe(line);
  const matcher = compileRequest(pattern, '');
  if (!matcher.ok) throw new Error(JSON.stringify(matcher.mistakes));
  expect(requestMatches(matcher.value, requestFrom({ method, url, rawHeaders: headers, body }))).toBe(true);
});

it.each<[RequestPattern, RegExp]>([
  [{}, /any URL/],
  [{ urlPathTemplate: '/u/{name}' }, /what stands for \{name\}/],
  [{ urlPathTemplate: '/u/**' }, /go on in any way/],
  [{ urlPattern: '/a/\\d+' }, /regular expression/],
  [{ url: '/', headers: { A: { matches: '[a-z]+' } } }, /condition on the header A/],
  [{ url: '/', bodyPatterns: [{ matchesJsonPath: '$.a' }] }, /what the body is/],
])('%j: there is a reason why none is made', (pattern, reason) => {
  expect(exampleRequest(pattern)).toEqual({ ok: false, reason: expect.stringMatching(reason) as string });
});

it('values that are made up are named: they are no credentials', () => {
  expect(exampleRequest({ url: '/', headers: { Authorization: any } })).toMatchObject({
    ok: true,
    madeUp: new Set(['authorization']),
  });
});
