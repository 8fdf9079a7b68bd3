import { createHmac } from 'node:crypto';
import { Redaction } from './redaction';
import { type RedactionRules, redactionRulesSchema } from './redaction-rules';

const digest = (text: string): Uint8Array => createHmac('sha256', 'a key').update(text).digest();
const aRedaction = (rules: RedactionRules = {}): Redaction => new Redaction({ digest, rules });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array): string => new TextDecoder().decode(body);
const base64Url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const json = (redaction: Redaction, value: unknown): unknown =>
  JSON.parse(text(redaction.body(bytes(JSON.stringify(value)), 'application/json')));

const signature = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const jwt = `${base64Url({ alg: 'HS256', typ: 'JWT' })}.${base64Url({ sub: '7', exp: 1_900_000_000, jti: 'session-4711' })}.${signature}`;
const pem = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEowIBAAKCAQEA75x'.repeat(12)}\n-----END RSA PRIVATE KEY-----`;
const joe = Buffer.from('joe:hunter2-s3cret').toString('base64');

/** What it is, where it stands, and what must not be left of it. */
const planted: readonly (readonly [string, 'header' | 'url' | 'json' | 'form' | 'text', string, string])[] = [
  ['a bearer token', 'header', 'Authorization: Bearer plant-0001-abcdef', 'plant-0001-abcdef'],
  ['basic credentials', 'header', `Authorization: Basic ${joe}`, joe],
  ['an authorization of its own kind', 'header', 'authorization: plant-0002', 'plant-0002'],
  ['a word for a token', 'header', 'Authorization: Bearer letmein', 'letmein'],
  [
    'a digest response',
    'header',
    'Authorization: Digest username="joe", realm="r", response="6629fae49393a05397450978507c4ef1"',
    '6629fae49393a0',
  ],
  [
    'an AWS signature',
    'header',
    'Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7ABCDEFG/20240101/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=fe5f80f77d5fa3beca038a248ff027',
    'fe5f80f77d5fa3beca038a248ff027',
  ],
  [
    'an OAuth 1 token',
    'header',
    'Authorization: OAuth oauth_consumer_key="plant0003", oauth_token="plant0004", oauth_version="1.0"',
    'plant0004',
  ],
  ['proxy credentials', 'header', 'Proxy-Authorization: Bearer plant-0005', 'plant-0005'],
  ['a session cookie', 'header', 'Cookie: theme=dark; session=plant-0006', 'plant-0006'],
  ['a signed cookie', 'header', 'Cookie: connect.sid=s%3Aplant0007.abc%2Bdef', 'plant0007'],
  ['a cookie that is set', 'header', 'Set-Cookie: id=plant-0008; Path=/; HttpOnly', 'plant-0008'],
  ['a quoted cookie', 'header', 'Set-Cookie: id="plant-0009"; Secure', 'plant-0009'],
  ['an API key header', 'header', 'X-Api-Key: plant-0010', 'plant-0010'],
  ['an API key header without hyphen', 'header', 'apikey: plant0011', 'plant0011'],
  ['a token header', 'header', 'X-Auth-Token: plant-0012', 'plant-0012'],
  ['a CSRF token', 'header', 'X-CSRF-Token: plant-0013', 'plant-0013'],
  ['an Azure key', 'header', 'Ocp-Apim-Subscription-Key: plant-0014', 'plant-0014'],
  ['a GitLab token header', 'header', 'PRIVATE-TOKEN: plant-0015', 'plant-0015'],
  ['a webhook signature', 'header', 'X-Hub-Signature-256: sha256=plant0016', 'plant0016'],
  ['a token in Location', 'header', 'Location: https://a.test/cb?x=1#access_token=plant0017&state=1', 'plant0017'],
  ['a token in Referer', 'header', 'Referer: https://a.test/?token=plant0018', 'plant0018'],
  ['a token in the query', 'url', '/a?page=1&access_token=plant0019', 'plant0019'],
  ['an API key in the query', 'url', '/maps?key=1&api_key=plant0020', 'plant0020'],
  ['a signature in the query', 'url', '/blob?sv=2020&sig=plant0021%2Bx%3D', 'plant0021'],
  ['a password in the query', 'url', '/login?user=joe&password=plant%200022', 'plant%200022'],
  ['a JWT in the path', 'url', `/reset/${jwt}/new`, signature],
  ['a JSON password', 'json', '{"user":"joe","password":"plant0023"}', 'plant0023'],
  ['a JSON password of common words', 'json', '{"password":"correct horse"}', 'correct horse'],
  ['a nested password', 'json', '{"a":[{"newPassword":"plant0024"}]}', 'plant0024'],
  ['an access token', 'json', '{"access_token":"plant0025","token_type":"bearer"}', 'plant0025'],
  ['a refresh token', 'json', '{"refreshToken" : "plant0026"}', 'plant0026'],
  ['a client secret', 'json', '{"client_secret":"plant0027"}', 'plant0027'],
  ['a PIN as a number', 'json', '{"pin": 493817}', '493817'],
  ['a card number', 'json', '{"number":"4111 1111 1111 1111"}', '4111 1111 1111 1111'],
  ['a card number as a number', 'json', '{"n":5555555555554444}', '5555555555554444'],
  ['a card number in a sentence', 'text', 'paid with 378282246310005 today', '378282246310005'],
  ['a CVC', 'json', '{"cvc":"737"}', '"737"'],
  ['a private key in JSON', 'json', JSON.stringify({ k: pem }), 'MIIEowIBAAKCAQEA75x'],
  ['a private key as text', 'text', pem, 'MIIEowIBAAKCAQEA75x'],
  ['a private key without an end', 'text', pem.slice(0, 90), 'MIIEowIBAAKCAQEA75x'],
  ['a key object', 'json', '{"secret":{"data":"plant0028abc"}}', 'plant0028abc'],
  ['a list of keys', 'json', '{"apiKeys":["plant0029","plant0030"]}', 'plant0030'],
  ['a name and its value', 'json', '[{"name":"password","value":"plant0031"}]', 'plant0031'],
  ['JSON in JSON', 'json', JSON.stringify({ payload: '{"token":"plant0032"}' }), 'plant0032'],
  ['broken JSON', 'json', '{"password":"plant0033', 'plant0033'],
  ['JSON a line', 'json', '{"a":1}\n{"password":"plant0034"}\n', 'plant0034'],
  ['an escaped name', 'json', '{"pass\\u0077ord":"plant0035"}', 'plant0035'],
  ['a JWT', 'json', JSON.stringify({ data: jwt }), signature],
  [
    'an encrypted JWT',
    'text',
    `${base64Url({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.OKOawDo13gRp2ojaHV7L.48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.XFBoMYUZodetZdv`,
    'OKOawDo13gRp2ojaHV7L',
  ],
  ['a form password', 'form', 'user=joe&password=plant0036%21', 'plant0036'],
  ['a nested form field', 'form', 'user%5Bpassword%5D=plant0037&x=1', 'plant0037'],
  ['a client assertion', 'form', `grant_type=x&client_assertion=${jwt}`, signature],
  ['an AWS key id', 'text', 'key AKIAIOSFODNN7ABCDEFG;', 'AKIAIOSFODNN7ABCDEFG'],
  ['an AWS secret', 'text', 'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYplant0038', 'plant0038'],
  [
    'a GitHub token',
    'text',
    'with ghp_16C7e42F292c6912E7710c838347Ae178B4a in it',
    '16C7e42F292c6912E7710c838347Ae178B4a',
  ],
  ['a GitLab token', 'text', 'glpat-Plant0039abcdefghij', 'Plant0039abcdefghij'],
  ['a Slack token', 'text', 'xoxb-123456789012-plant0040abc', 'plant0040abc'],
  [
    'a Slack webhook',
    'text',
    'https://hooks.slack.com/services/T00000000/B00000000/plant0041XXXXXXXXXXXXXX',
    'plant0041',
  ],
  ['a Stripe key', 'text', 'sk_live_plant0042abcdef', 'plant0042abcdef'],
  ['an AI key', 'text', 'sk-ant-api03-plant0043abcdefghij', 'plant0043abcdefghij'],
  ['a Google key', 'text', 'AIzaSyplant0044abcdefghijklmnopqrstuvwxyz'.slice(0, 39), 'plant0044'],
  ['a SendGrid key', 'text', `SG.plant0045abcdefgh.${'a1'.repeat(20)}`, 'plant0045abcdefgh'],
  ['an npm token', 'text', '//registry/:_authToken=npm_plant0046abcdefghij', 'plant0046abcdefghij'],
  ['a URL with a password', 'text', 'see https://joe:plant@0047@db.test/x', 'plant@0047'],
  ['a connection string', 'text', 'Server=db;User Id=sa;Password=plant0048;', 'plant0048'],
  ['a header as text', 'text', 'curl -H "Authorization: Bearer plant0049abc" x', 'plant0049abc'],
  ['a password in XML', 'text', '<login><user>joe</user><password>plant0050</password></login>', 'plant0050'],
  ['a password as an attribute', 'text', '<login user="joe" password="plant0051"/>', 'plant0051'],
  ['a token of a form', 'text', '<input type="hidden" name="csrf_token" value="plant0052">', 'plant0052'],
  ['a token of a page', 'text', '<meta content="plant0053" name="csrf-token">', 'plant0053'],
  [
    'a Telegram bot token',
    'text',
    'bot 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw end',
    'AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw',
  ],
];

function redactIn(redaction: Redaction, place: (typeof planted)[number][1], given: string): string {
  if (place === 'header') {
    const colon = given.indexOf(': ');
    return redaction.headers([given.slice(0, colon), given.slice(colon + 2)]).join(': ');
  }
  if (place === 'url') return redaction.url(given);
  const type = { json: 'application/json', form: 'application/x-www-form-urlencoded', text: 'text/plain' }[place];
  return text(redaction.body(bytes(given), type));
}

describe('what is secret is replaced', () => {
  it.each(planted)('%s', (_what, place, given, secret) => {
    const redaction = aRedaction();
    const clean = redactIn(redaction, place, given);
    expect(clean).not.toContain(secret);
    expect(clean).not.toBe(given);
    expect(redaction.count).toBeGreaterThan(0);
    const { count } = redaction;
    expect(redactIn(redaction, place, clean)).toBe(clean); // what came out stays as it is
    expect(redaction.count).toBe(count);
  });

  it('in a multipart form, and the file beside it stays byte for byte', () => {
    const file = Buffer.from([0, 1, 254, 255, 13, 10, 0]);
    const body = Buffer.concat([
      Buffer.from('--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nplant0060\r\n--x\r\n'),
      Buffer.from('Content-Disposition: form-data; name="f"; filename="a"\r\n\r\n'),
      file,
      Buffer.from('\r\n--x--\r\n'),
    ]);
    const clean = Buffer.from(aRedaction().body(body, 'multipart/form-data; boundary=x'));
    expect(clean.includes('plant0060')).toBe(false);
    expect(clean).toHaveLength(body.length);
    expect(clean.subarray(clean.indexOf('filename'))).toEqual(body.subarray(body.indexOf('filename')));
  });
});

describe('what is no secret stays', () => {
  it.each<[string, (typeof planted)[number][1], string]>([
    ['an id', 'json', '{"id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","ref":"5f2b7c9e8d"}'],
    ['numbers and their notation', 'json', '{"a":1.0e3, "b" :12345678901234567890,"tokens":500,"c":-0}'],
    [
      'what tells about a token',
      'json',
      '{"token_type":"bearer","expires_in":3600,"tokenCount":7,"passwordPolicy":"strong"}',
    ],
    ['flags', 'json', '{"password":true,"hasPassword":false,"secret":null,"token":""}'],
    ['a mistake in a form', 'json', '{"errors":{"password":["is too short"],"token":"has expired already"}}'],
    ['a schema', 'json', '{"properties":{"password":{"type":"string","minLength":8}}}'],
    [
      'ordinary words',
      'json',
      '{"title":"The token bearer","author":"Secretariat","passenger":"Joe","key":"a","tokenizer":"bpe"}',
    ],
    ['a next page', 'url', '/items?page=2&sort=-createdAt&filter%5Bname%5D=x'],
    ['a number that is no card', 'json', '{"order":"4111111111111112","at":1712345678901,"isbn":"9783161484100"}'],
    ['a date and a version', 'text', 'built 2024-01-02T03:04:05.678Z as 1.2.3-rc.4+567'],
    ['a hash', 'json', '{"etag":"d41d8cd98f00b204e9800998ecf8427e","sha":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}'],
    [
      'a sentence about passwords',
      'text',
      'The password: must be long. Basic authentication, Bearer required, token is needed.',
    ],
    [
      'a certificate and a public key',
      'text',
      `-----BEGIN CERTIFICATE-----\n${'MIIDdzCCAl+gAwIBAgIE'.repeat(5)}\n-----END CERTIFICATE-----`,
    ],
    ['a URL', 'text', 'https://example.test:8443/a@b/c?d=e'],
    ['a user without a password', 'text', 'ssh://git@example.test/x'],
    ['a package', 'text', 'npm-registry-fetch-with-retries and hf-transformers-of-the-house'],
    ['a request id', 'header', 'X-Request-Id: 0af7651916cd43dd8448eb211c80319c'],
    ['a trace', 'header', 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['a challenge', 'header', 'WWW-Authenticate: Basic realm="house"'],
    ['a content type', 'header', 'Content-Type: application/json; charset=utf-8'],
    ['an idempotency key', 'header', 'Idempotency-Key: order-1'],
    ['a cookie that is deleted', 'header', 'Set-Cookie: session=; Max-Age=0'],
  ])('%s', (_what, place, given) => {
    const redaction = aRedaction();
    expect(redactIn(redaction, place, given)).toBe(given);
    expect(redaction.count).toBe(0);
  });

  it('bytes that are no text', () => {
    const picture = Buffer.from('\x89PNG\r\n\x1a\n\0password=plant0061', 'latin1');
    expect(aRedaction().body(picture, 'image/png')).toBe(picture);
    expect(aRedaction().body(picture)).toBe(picture);
  });

  it('text in another encoding, around the secret', () => {
    const body = Buffer.from('grüße\x85 password=plant0062', 'latin1');
    const clean = Buffer.from(aRedaction().body(body, 'text/plain; charset=iso-8859-1'));
    expect(clean.subarray(0, 16)).toEqual(body.subarray(0, 16));
    expect(clean.includes('plant0062')).toBe(false);
  });
});

describe('a stand-in', () => {
  it('is the same wherever the secret turns up, so that a flow still works', () => {
    const redaction = aRedaction();
    const login = json(redaction, { token: 'abc-123-DEF-456', user: 'joe' }) as { token: string };
    expect(login.token).not.toBe('abc-123-DEF-456');
    expect(redaction.headers(['Authorization', 'Bearer abc-123-DEF-456'])[1]).toBe(`Bearer ${login.token}`);
    expect(redaction.url('/me?access_token=abc-123-DEF-456')).toBe(`/me?access_token=${login.token}`);
    expect(redaction.url('/sessions/abc-123-DEF-456/end')).toBe(`/sessions/${login.token}/end`);
    expect(json(redaction, { note: 'abc-123-DEF-456' })).toEqual({ note: login.token });
    expect(redaction.secrets).toBe(1);
    expect(redaction.count).toBe(5);
  });

  it('also stands where the exchange showed the value before it was known for a secret', () => {
    const clean = aRedaction().exchange({
      url: '/sessions/abc-123-DEF-456',
      requestHeaders: ['X-Session', 'abc-123-DEF-456'],
      requestBody: bytes(''),
      replyHeaders: ['Content-Type', 'application/json'],
      replyBody: bytes('{"token":"abc-123-DEF-456"}'),
    });
    const { token } = JSON.parse(text(clean.replyBody)) as { token: string };
    expect(clean.url).toBe(`/sessions/${token}`);
    expect(clean.requestHeaders[1]).toBe(token);
  });

  it('is the password in a form, in JSON and in basic credentials alike', () => {
    const redaction = aRedaction();
    const { password } = json(redaction, { password: 'hunter2-s3cret' }) as { password: string };
    const [, credentials] = redaction.headers(['Authorization', `Basic ${joe}`]);
    expect(Buffer.from(credentials!.slice(6), 'base64').toString()).toBe(`joe:${password}`);
    expect(redaction.url('/?password=hunter2-s3cret')).toBe(`/?password=${password}`);
  });

  it.each<[string, string, RegExp]>([
    ['digits, letters and their case', 'aB3-x_9.Z', /^[a-z][A-Z]\d-[a-z]_\d\.[A-Z]$/],
    ['hex', 'deadbeef0123', /^[0-9a-f]{12}$/],
    [
      'a UUID and its version',
      '550e8400-e29b-41d4-a716-446655440000',
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
    ],
    ['the mark of its issuer', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a', /^ghp_[A-Za-z0-9]{36}$/],
    ['signs alone', '!!??', /^\*{4}$/],
  ])('keeps the shape: %s', (_what, secret, shape) => {
    const { password } = json(aRedaction(), { password: secret }) as { password: string };
    expect(password).toMatch(shape);
    expect(password).not.toBe(secret);
  });

  it('of a JSON web token can be read: who and until when stay, session and signature do not', () => {
    const { token } = json(aRedaction(), { token: jwt }) as { token: string };
    const [head, claims, signed] = token.split('.');
    expect(head).toBe(jwt.split('.')[0]);
    const read = JSON.parse(Buffer.from(claims!, 'base64url').toString()) as Record<string, unknown>;
    expect(read).toMatchObject({ sub: '7', exp: 1_900_000_000, redacted: true });
    expect(read['jti']).toMatch(/^[a-z]{7}-\d{4}$/);
    expect(read['jti']).not.toBe('session-4711');
    expect(signed).toHaveLength(signature.length);
  });

  it('of a card passes the check digit, and of an AWS key is one that scanners know', () => {
    const { card } = json(aRedaction(), { card: '4111-1111-1111-1111' }) as { card: string };
    const digits = [...card.replaceAll('-', '')].reverse().map(Number);
    const sum = digits.reduce(
      (total, digit, i) => total + (i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2),
      0,
    );
    expect(sum % 10).toBe(0);
    expect(card).toMatch(/^4111-11\d\d-\d{4}-\d{4}$/);
    expect(aRedaction().text('AKIAIOSFODNN7ABCDEFG')).toMatch(/^AKIA[A-Z0-9]{9}EXAMPLE$/);
  });

  it('depends on the key: without it nothing can be tried', () => {
    const other = new Redaction({ digest: value => createHmac('sha256', 'another').update(value).digest() });
    expect(other.text('password=plant0063')).not.toBe(aRedaction().text('password=plant0063'));
  });
});

describe("a workspace's own rules", () => {
  const rules: RedactionRules = {
    headers: ['X-Customer'],
    fields: ['customerNo'],
    patterns: ['ACME-[0-9]{8}', 'ref:([a-z0-9]+);'],
    keep: ['pageToken', 'X-Api-Key'],
  };

  it('add headers, fields and patterns, and keep names', () => {
    const redaction = aRedaction(rules);
    expect(redaction.headers(['x-customer', 'plant'])[1]).not.toBe('plant');
    expect(redaction.headers(['x-api-key', 'plant'])[1]).toBe('plant');
    expect(json(redaction, { customerno: 'Joe', pageToken: 'abcdef123456' })).not.toMatchObject({ customerno: 'Joe' });
    expect(json(redaction, { pageToken: 'abcdef123456' })).toEqual({ pageToken: 'abcdef123456' });
    expect(redaction.text('see ACME-12345678 and ref:abc123; now')).toMatch(
      /^see [A-Z]{4}-\d{8} and ref:[a-z]{3}\d{3}; now$/,
    );
    expect(redaction.text('see ACME-12345678 and ref:abc123; now')).not.toMatch(/12345678|abc123/);
  });

  it('find each of many matches, also across the windows that a long text is read in', () => {
    const given = `${'x'.repeat(32_760)}ACME-12345678 ${'ACME-12345678 '.repeat(5_000)}`;
    expect(aRedaction(rules).text(given)).not.toContain('12345678');
  });

  it('are refused when a pattern cannot run in linear time or finds nothing', () => {
    expect(redactionRulesSchema.safeParse(rules).success).toBe(true);
    expect(redactionRulesSchema.safeParse({ patterns: ['(a)\\1'] }).success).toBe(false);
    expect(redactionRulesSchema.safeParse({ patterns: ['a*'] }).success).toBe(false);
    expect(redactionRulesSchema.safeParse({ fields: [''] }).success).toBe(false);
  });
});

describe('a text made to cost time costs none', () => {
  it.each([
    'password',
    'token=',
    'token>',
    'tokens>tokens@',
    '"token":"',
    'tokens:',
    'eyJ',
    'eyJhbGciOiJIUzI1NiJ9.',
    'a.',
    '-----BEGIN PRIVATE KEY-----',
    'https://a:',
    'name="a" ',
    ' value="a',
    'Bearer ',
    '4111 1111 1111 1111 ',
    '1 ',
    'ghp_',
    '//hooks.slack.com/services/',
    '{"a":',
    '[',
    '"\\',
    '&a=',
    '%',
    'A',
    ' ',
  ])('%j, over and over', piece => {
    const body = bytes(piece.repeat(Math.ceil(200_000 / piece.length)));
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      const before = process.cpuUsage();
      aRedaction().body(body, type);
      expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_500); // what is quadratic takes minutes
    }
  });
});
