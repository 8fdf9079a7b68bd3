import { type IncomingHead, makeRequestHead } from './request-head';

const incoming = (given: Partial<IncomingHead>): IncomingHead => ({
  method: 'GET',
  url: '/a',
  rawHeaders: [],
  body: 'none',
  clientIp: '192.0.2.7',
  scheme: 'http',
  host: 'mock.test',
  ...given,
});
function headersOf(given: Partial<IncomingHead>): string[] {
  const outcome = makeRequestHead(incoming(given), '', 'me');
  if (!outcome.ok) throw new Error(outcome.detail);
  const { headers } = outcome.head;
  return headers.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${headers[i + 1]}`] : []));
}
const forwarding = [
  'X-Forwarded-For: 192.0.2.7',
  'X-Forwarded-Host: mock.test',
  'X-Forwarded-Proto: http',
  'Via: 1.1 mock-server',
  'X-Mock-Server-Hop: me',
];

describe('the head of a passed request', () => {
  it('keeps order, case and duplicates', () => {
    expect(headersOf({ rawHeaders: ['X-B', '1', 'x-a', '2', 'X-b', '3', 'ACCEPT', '*/*'] })).toEqual([
      'X-B: 1',
      'x-a: 2',
      'X-b: 3',
      'ACCEPT: */*',
      ...forwarding,
    ]);
  });

  it('drops hop-by-hop fields and those that Connection names', () => {
    const rawHeaders = [
      'Connection',
      'close, X-Once',
      'connection',
      'x-too',
      'X-Once',
      '1',
      'X-Too',
      '1',
      'Keep-Alive',
      '5',
      'Proxy-Authorization',
      's',
      'Proxy-Connection',
      'x',
      'TE',
      'gzip',
      'Trailer',
      'X',
      'Upgrade',
      'h2c',
      'Expect',
      '100-continue',
    ];
    expect(headersOf({ rawHeaders })).toEqual(forwarding);
  });

  it('keeps te: trailers', () => {
    expect(headersOf({ rawHeaders: ['te', 'deflate, Trailers'] })).toEqual(['TE: trailers', ...forwarding]);
  });

  it('appends to the forwarding fields', () => {
    const rawHeaders = [
      'X-Forwarded-For',
      '1.1.1.1',
      'x-forwarded-for',
      '2.2.2.2',
      'X-Forwarded-Host',
      'app.test',
      'X-Forwarded-Proto',
      'https',
      'Via',
      '1.0 edge',
      'X-Mock-Server-Hop',
      'other',
    ];
    expect(headersOf({ rawHeaders })).toEqual([
      'X-Forwarded-For: 1.1.1.1, 2.2.2.2, 192.0.2.7',
      'X-Forwarded-Host: app.test, mock.test',
      'X-Forwarded-Proto: https, http',
      'Via: 1.0 edge, 1.1 mock-server',
      'X-Mock-Server-Hop: other, me',
    ]);
  });

  it('shows a backend nothing of ours but a mark in Via, when so asked', () => {
    const rawHeaders = ['X-Forwarded-For', '1.1.1.1', 'Host', 'mock.test', 'X-Mock-Session', 's', 'Via', '1.0 edge'];
    expect(headersOf({ rawHeaders, forwarding: 'none' })).toEqual([
      'X-Forwarded-For: 1.1.1.1',
      'Via: 1.0 edge, 1.1 mock-server-me',
    ]);
  });

  it('knows its own mark in Via', () => {
    const rawHeaders = ['Via', '1.0 edge, 1.1 mock-server-me'];
    expect(makeRequestHead(incoming({ rawHeaders, forwarding: 'none' }), '', 'me')).toMatchObject({
      ok: false,
      problem: 'proxy-loop',
    });
    expect(makeRequestHead(incoming({ rawHeaders }), '', 'another').ok).toBe(true);
  });

  it('names another host when so asked, and none that would break the message', () => {
    expect(headersOf({ hostHeader: 'shop.test' })[0]).toBe('Host: shop.test');
    expect(makeRequestHead(incoming({ hostHeader: 'a\r\nb' }), '', 'me')).toMatchObject({ ok: false });
  });

  it('keeps internal headers and console cookies at home', () => {
    const rawHeaders = [
      'X-Mock-Workspace',
      'a',
      'x-mock-session',
      'b',
      'Host',
      'mock.test',
      'Cookie',
      'a=1; __Host-mock_server_session=secret; b=2; X-Mock-Session=9',
    ];
    expect(headersOf({ rawHeaders })).toEqual(['Cookie: a=1; b=2', ...forwarding]);
    expect(headersOf({ rawHeaders: ['Cookie', '__mock_server_session=secret'] })).toEqual(forwarding);
  });

  it('keeps the length of a stream, also when Connection names it', () => {
    expect(headersOf({ rawHeaders: ['Connection', 'Content-Length', 'Content-Length', '5'], body: 'stream' })).toEqual([
      'Content-Length: 5',
      ...forwarding,
    ]);
  });

  it.each([
    ['two lengths in two cases', { rawHeaders: ['Content-Length', '5', 'content-length', '6'] }],
    ['the same length twice', { rawHeaders: ['Content-Length', '5', 'content-length', '5'] }],
    ['a length that is no number', { rawHeaders: ['Content-Length', '5, 5'] }],
    ['a length and chunks', { rawHeaders: ['Content-Length', '5', 'Transfer-Encoding', 'chunked'] }],
    ['CR LF in a value', { rawHeaders: ['X', 'a\r\nY: b'] }],
    ['LF in a name', { rawHeaders: ['X\nY', 'a'] }],
    ['NUL in a value', { rawHeaders: ['X', 'a\0'] }],
    ['a character of two bytes', { rawHeaders: ['X', '\u{1f600}'] }],
    ['CONNECT', { method: 'CONNECT' }],
    ['a method with a space', { method: 'GET /x' }],
    ['a URL that is no path', { url: 'http://other/' }],
    ['a space in the URL', { url: '/a HTTP/1.1\r\nX: y' }],
  ])('refuses %s', (_what, given) => {
    expect(makeRequestHead(incoming(given), '', 'me')).toMatchObject({ ok: false, problem: 'bad-request' });
  });

  it('refuses its own hop, and more than ten', () => {
    expect(makeRequestHead(incoming({ rawHeaders: ['x-mock-server-hop', 'other, me'] }), '', 'me')).toMatchObject({
      ok: false,
      problem: 'proxy-loop',
    });
    const hops = (n: number): string => Array.from({ length: n }, (_, i) => `s${i}`).join(',');
    expect(makeRequestHead(incoming({ rawHeaders: ['X-Mock-Server-Hop', hops(9)] }), '', 'me')).toMatchObject({
      ok: true,
    });
    expect(makeRequestHead(incoming({ rawHeaders: ['X-Mock-Server-Hop', hops(10)] }), '', 'me')).toMatchObject({
      ok: false,
      problem: 'proxy-loop',
    });
  });

  it.each(['//a//b', '/%zz', '/a/../b', '/?', '/a?b=c%20d&&=', '/ü'])(
    'passes %s untouched, after the base path',
    url => {
      expect(makeRequestHead(incoming({ url }), '/v1', 'me')).toMatchObject({ ok: true, head: { path: `/v1${url}` } });
    },
  );
});
