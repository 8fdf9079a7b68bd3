import { hasCredentialInQuery, readCredential } from './credentials';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test.each<[string, string, Record<string, string>, object]>([
  ['no header', 'GET', {}, { kind: 'none' }],
  ['a bearer token', 'GET', { authorization: 'Bearer abc' }, { kind: 'token', token: 'abc' }],
  ['the scheme in any case, with spaces', 'GET', { authorization: 'bEARER   abc ' }, { kind: 'token', token: 'abc' }],
  ['the password of Basic', 'POST', { authorization: basic('any:mst_x:y') }, { kind: 'token', token: 'mst_x:y' }],
  ['the cookie, for a read', 'GET', { cookie: 'a=b; __mock_server_access=abc' }, { kind: 'token', token: 'abc' }],
  [
    'the cookie of a browser on TLS',
    'HEAD',
    { cookie: '__Secure-mock_server_access=abc' },
    { kind: 'token', token: 'abc' },
  ],
  ['the cookie, for a write', 'POST', { cookie: '__mock_server_access=abc' }, { kind: 'none' }],
  [
    'a cookie of nearly that name',
    'GET',
    { cookie: 'x__mock_server_access=abc; mock_server_access=d' },
    { kind: 'none' },
  ],
  [
    'the header, when there is a cookie too',
    'GET',
    { authorization: 'Bearer h', cookie: '__mock_server_access=c' },
    { kind: 'token', token: 'h' },
  ],
])('%s is read', (_, method, headers, credential) => {
  expect(readCredential(method, headers)).toEqual(credential);
});

test.each(['Digest x', 'abc', '', basic('no colon'), 'Basic !!!'])('%j is none, and it is said why', authorization => {
  expect(readCredential('GET', { authorization })).toMatchObject({ kind: 'unreadable', why: expect.any(String) });
});

test.each(['/a?token=x', '/a?b=1&access_token=x', '/a?Access%5FToken=x', '/a?PASSWORD=x', '/a?%zz&apikey=1'])(
  '%s holds a secret',
  url => {
    expect(hasCredentialInQuery(url)).toBe(true);
  },
);

test.each(['/a', '/a?search=token', '/a?tokens=1', '/token=/a', '/a?limit=1&offset=2'])('%s holds none', url => {
  expect(hasCredentialInQuery(url)).toBe(false);
});
