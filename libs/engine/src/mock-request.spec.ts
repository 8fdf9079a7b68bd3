import { decode, requestFrom, type MockRequest } from './mock-request';

function withQuery(query: string): Record<string, readonly string[]> {
  return Object.fromEntries(requestFrom({ url: `/a${query}` }).queryParameters);
}

function withCookies(...headers: string[]): Record<string, readonly string[]> {
  return Object.fromEntries(requestFrom({ url: '/', rawHeaders: headers.flatMap(one => ['Cookie', one]) }).cookies);
}

function withForm(body: string, contentType = 'application/x-www-form-urlencoded'): MockRequest {
  return requestFrom({ url: '/', rawHeaders: ['content-type', contentType], body: Buffer.from(body) });
}

describe('the query', () => {
  test.each<[string, Record<string, string[]>]>([
    ['', {}],
    ['?', {}],
    ['?a=1', { a: ['1'] }],
    ['?a=1&b=2', { a: ['1'], b: ['2'] }],
    ['?a=1&a=2&a=1', { a: ['1', '2', '1'] }],
    ['?a', { a: [''] }],
    ['?a=', { a: [''] }],
    ['?=v', { '': ['v'] }],
    ['?&&a=1&', { a: ['1'] }],
    ['?a=b=c', { a: ['b=c'] }],
    ['?a=b?c', { a: ['b?c'] }],
    ['?a=x+y', { a: ['x y'] }],
    ['?a=x%20y%2Bz', { a: ['x y+z'] }],
    ['?a=%C3%A9', { a: ['é'] }],
    ['?a%5B0%5D=1', { 'a[0]': ['1'] }],
    ['?a=%zz', { a: ['%zz'] }],
    ['?a=%', { a: ['%'] }],
    ['?a=%C3', { a: ['%C3'] }],
    ['?a=%zz+b', { a: ['%zz b'] }],
    ['?__proto__=1', JSON.parse('{"__proto__":["1"]}') as Record<string, string[]>],
  ])('%s', (query, values) => {
    expect(withQuery(query)).toEqual(values);
  });

  test('is not asked for more than a thousand pairs', () => {
    expect(requestFrom({ url: `/?${'a=1&'.repeat(5_000)}` }).queryParameter('a')).toHaveLength(1_000);
  });

  test('a name that is not there has no values', () => {
    expect(requestFrom({ url: '/?a=1' }).queryParameter('constructor')).toEqual([]);
  });
});

describe('the URL', () => {
  test.each([
    ['/a?b=1', '/a?b=1', '/a', 'b=1'],
    ['/a?', '/a', '/a', ''],
    ['/a??', '/a??', '/a', '?'],
    ['/a%20b', '/a%20b', '/a%20b', ''],
    ['//a//b', '//a//b', '//a//b', ''],
    ['/a/../b', '/a/../b', '/a/../b', ''],
  ])('%s is kept as received, but for a lone question mark', (given, url, path, query) => {
    const request = requestFrom({ url: given });
    expect([request.url, request.path, request.query]).toEqual([url, path, query]);
  });
});

describe('cookies', () => {
  test.each<[string[], Record<string, string[]>]>([
    [[], {}],
    [['a=1'], { a: ['1'] }],
    [['a=1; b=2'], { a: ['1'], b: ['2'] }],
    [['a=1;b=2'], { a: ['1'], b: ['2'] }],
    [['a=1', 'b=2'], { a: ['1'], b: ['2'] }],
    [['a=1; a=2'], { a: ['1', '2'] }],
    [['a=x=y'], { a: ['x=y'] }],
    [['a="x y"'], { a: ['x y'] }],
    [['a='], { a: [''] }],
    [['a'], {}],
    [['=a; ;b=1'], { b: ['1'] }],
    [['a=%20'], { a: ['%20'] }],
  ])('%j', (headers, cookies) => {
    expect(withCookies(...headers)).toEqual(cookies);
  });
});

describe('form fields', () => {
  test('are read from a form, whatever stands behind its content type', () => {
    const form = withForm('a=1+2&b=%26&a=3', 'Application/X-WWW-form-urlencoded; charset=UTF-8');
    expect(Object.fromEntries(form.formParameters)).toEqual({ a: ['1 2', '3'], b: ['&'] });
  });

  test('are not read from any other body', () => {
    expect([...withForm('a=1', 'text/plain').formParameters]).toEqual([]);
    expect([...requestFrom({ url: '/?a=1', body: Buffer.from('a=1') }).formParameters]).toEqual([]);
  });

  test('survive malformed encoding', () => {
    expect(withForm('a=%E0%A4%A&b=1').formParameters.get('b')).toEqual(['1']);
  });
});

describe('headers', () => {
  const request = requestFrom({ url: '/', rawHeaders: ['X-A', '1', 'x-a', '2', 'X-B', ''] });

  test.each([
    ['x-a', ['1', '2']],
    ['x-b', ['']],
    ['x-c', []],
  ])('%s has its values in the order received', (name, values) => {
    expect(request.header(name)).toEqual(values);
  });
});

describe('host and port', () => {
  test.each<[string | undefined, 'http' | 'https', string, number]>([
    ['a.test', 'http', 'a.test', 80],
    ['a.test', 'https', 'a.test', 443],
    ['A.test:81', 'http', 'a.test', 81],
    ['[::1]', 'http', '[::1]', 80],
    ['[::1]:81', 'http', '[::1]', 81],
    ['a.test:', 'https', 'a.test', 443],
    ['a.test:0x50', 'http', 'a.test', 80],
    ['', 'http', 'here', 4000],
    [undefined, 'http', 'here', 4000],
  ])('of %s over %s', (host, scheme, name, port) => {
    const rawHeaders = host === undefined ? [] : ['Host', host];
    const request = requestFrom({ url: '/', rawHeaders, scheme, localHost: 'here', localPort: 4000 });
    expect([request.host, request.port]).toEqual([name, port]);
  });
});

describe('the body', () => {
  test('is text, JSON and bytes', () => {
    const request = requestFrom({ url: '/', body: Buffer.from('{"é":1}') });
    expect([request.text, request.json, request.bytes.length, request.isAbsent]).toEqual([
      '{"é":1}',
      { isJson: true, value: { é: 1 } },
      8,
      false,
    ]);
  });

  test('that is empty is absent, and no JSON', () => {
    const request = requestFrom({ url: '/' });
    expect([request.text, request.json, request.isAbsent]).toEqual(['', { isJson: false }, true]);
  });

  test('of bytes that are not UTF-8 is still text', () => {
    expect(requestFrom({ url: '/', body: Uint8Array.of(0xff, 0x41) }).text).toBe('\ufffdA');
  });

  test('nested without end is not JSON', () => {
    expect(requestFrom({ url: '/', body: Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)) }).json.isJson).toBe(
      false,
    );
  });

  test('comes after the head without changing it', () => {
    const head = requestFrom({
      method: 'POST',
      url: '/a?b=1',
      rawHeaders: ['Host', 'x:1'],
      localPort: 9,
      clientIp: '1.2.3.4',
    });
    const whole = head.withBody(Buffer.from('x'));
    expect([whole.method, whole.url, whole.query, whole.port, whole.clientIp, whole.text, head.text]).toEqual([
      'POST',
      '/a?b=1',
      'b=1',
      1,
      '1.2.3.4',
      'x',
      '',
    ]);
  });
});

test('a plus is a space, a percent that says nothing stays', () => {
  expect(['a+b', 'a%2Bb', '100%', '%41'].map(decode)).toEqual(['a b', 'a+b', '100%', 'A']);
});
