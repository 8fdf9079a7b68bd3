import { redact, redactText } from './redact';

const secret = 'hunter2-abcdef';

describe('what is fit for a log', () => {
  it.each<[string, object]>([
    ['an authorization header', { headers: { Authorization: `Token ${secret}` } }],
    ['a proxy authorization header', { headers: { 'proxy-authorization': secret } }],
    ['a cookie', { headers: { cookie: `session=${secret}` } }],
    ['a cookie that is set', { 'Set-Cookie': [`session=${secret}`] }],
    ['a password in a nested object', { user: { profile: { newPassword: secret } } }],
    ['an API key in a list', { keys: [{ 'x-api-key': secret }, { apiKey: secret }] }],
    ['a client secret', { client_secret: secret }],
    ['an access token', { accessToken: { value: secret } }],
    ['a private key', { privateKey: Buffer.from(secret) }],
    ['a field of an error', { error: Object.assign(new Error('x'), { password: secret }) }],
    ['the cause of an error', { error: new Error('x', { cause: new Error(`redis://:${secret}@r failed`) }) }],
    ['a map', { headers: new Map([['h', { token: secret }]]) }],
    ['a URL object', { target: new URL(`https://joe:${secret}@api.example.test`) }],
  ])('never holds %s', (_what, fields) => {
    const text = JSON.stringify(redact(fields));
    expect(text).not.toContain(secret);
    expect(text).toContain('[hidden]');
  });

  it.each([
    `cannot reach postgresql://joe:${secret}@db:5432/x`,
    `cannot reach redis://:p@${secret}@db:5432/x`,
    `sent Bearer ${secret} to it`,
    `Authorization: Basic ${secret}`,
    `GET /a\r\nCookie: a=b; c=${secret}\r\n`,
    `GET /login?user=joe&password=${secret}&x=1`,
    `GET /?access_token=${secret}`,
    `the answer was {"client_secret": "${secret}"}`,
    `x-api-key=${secret}`,
  ])('hides what is secret in: %s', text => {
    expect(redactText(text)).not.toContain(secret);
    expect(redactText(text)).toContain('[hidden]');
  });

  it.each([
    'No mock matches GET /a?b=c',
    'see https://example.test/a@b',
    'the token was refused',
    'password authentication failed',
  ])('leaves alone: %s', text => {
    expect(redactText(text)).toBe(text);
  });

  it('keeps numbers and flags whose name sounds secret', () => {
    const fields = { tokens: 5, hasPassword: true, secret: null };
    expect(redact(fields)).toEqual(fields);
  });

  it('never holds a body', () => {
    const fields = { body: 'text', response: { jsonBody: { a: 1 }, bodyAsBase64: 'dGV4dA==', bodyBytes: 4 } };
    expect(redact(fields)).toEqual({
      body: '[not logged]',
      response: { jsonBody: '[not logged]', bodyAsBase64: '[not logged]', bodyBytes: 4 },
    });
    expect(redact({ chunk: Buffer.from('text') })).toEqual({ chunk: '[4 bytes]' });
  });

  it('keeps dates, big numbers and errors readable', () => {
    const fields = { at: new Date(0), size: 2n ** 64n, error: Object.assign(new TypeError('bad'), { code: 'E1' }) };
    expect(redact(fields)).toMatchObject({
      at: '1970-01-01T00:00:00.000Z',
      size: '18446744073709551616',
      error: { name: 'TypeError', message: 'bad', code: 'E1', stack: expect.stringContaining('redact.spec') },
    });
  });

  it('ends, whatever it is given: cycles, depth, length', () => {
    const ring: Record<string, unknown> = {};
    ring['self'] = ring;
    expect(JSON.stringify(redact(ring))).toContain('[more]');
    expect(redact(Array.from({ length: 10_000 }, (_, i) => i))).toHaveLength(100);
    const wide: Record<string, unknown> = {};
    for (let i = 0; i < 90; i++) wide[`a${i}`] = wide;
    expect(JSON.stringify(redact(wide)).length).toBeLessThan(1_000_000);
    expect(redactText('x'.repeat(1_000_000))).toMatch(/^x{8000}… \(1000000 characters\)$/);
  });

  it.each([
    'password'.repeat(1_000),
    '"'.repeat(8_000),
    'http://'.repeat(1_100),
    `Cookie:${' '.repeat(7_900)}`,
    `"${'a'.repeat(7_900)}`,
  ])('takes no time for a text made to cost some', text => {
    const startedAt = performance.now();
    redactText(text);
    expect(performance.now() - startedAt).toBeLessThan(100);
  });
});
