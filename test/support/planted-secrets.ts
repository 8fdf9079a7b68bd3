import { randomBytes } from 'node:crypto';

/** A secret, and the exchange it is hidden in. */
export interface PlantedSecret {
  readonly what: string;
  /** What must not be found anywhere afterwards. */
  readonly secret: string;
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly reply: { readonly headers: Readonly<Record<string, string>>; readonly body: string };
}

type Place = Partial<Pick<PlantedSecret, 'method' | 'url' | 'headers' | 'body'>> & {
  readonly reply?: Partial<PlantedSecret['reply']>;
};

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const upper = (length: number): string =>
  Array.from(randomBytes(length), byte => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('');
const word = (): string => `plant-${hex(8)}`;

/** Digits that pass the check of payment cards (ISO/IEC 7812-1). */
function cardNumber(start: string, length: number): string {
  let digits = start;
  while (digits.length < length - 1) digits += String(randomBytes(1)[0]! % 10);
  const sum = [...digits].reverse().reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

function jsonWebToken(): { token: string; signature: string } {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signature = randomBytes(32).toString('base64url');
  return {
    token: `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: hex(3), exp: 1_900_000_000 })}.${signature}`,
    signature,
  };
}

const privateKey = (kind: string, secret: string): string =>
  `-----BEGIN ${kind}PRIVATE KEY-----\n${secret}\n${randomBytes(48).toString('base64')}\n-----END ${kind}PRIVATE KEY-----\n`;
const header = (name: string, secret = word(), value = secret) =>
  [name, secret, { headers: { [name]: value } }] as const;
const query = (name: string, secret = word()) =>
  [`query ${name}`, secret, { url: `?page=1&${name}=${secret}` }] as const;
const jsonField = (name: string, secret = word()) =>
  [`JSON ${name}`, secret, { method: 'POST', body: JSON.stringify({ user: 'ann', [name]: secret }) }] as const;
const form = (name: string, secret = word()) =>
  [
    `form ${name}`,
    secret,
    {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `user=ann&${name}=${secret}`,
    },
  ] as const;
const answered = (what: string, secret: string, body: unknown) =>
  [what, secret, { reply: { body: typeof body === 'string' ? body : JSON.stringify(body) } }] as const;
const set = (name: string, secret = word(), value = secret) =>
  [`reply ${name}`, secret, { reply: { headers: { [name]: value } } }] as const;

/** Fifty secrets of every kind, each another at each call. */
export function plantSecrets(): PlantedSecret[] {
  const [basic, bearer, sent, given] = [word(), word(), jsonWebToken(), jsonWebToken()];
  const [rsa, ec, ssh] = [randomBytes(48).toString('base64'), randomBytes(48).toString('base64'), hex(30)];
  const [visa, master, amex] = [cardNumber('4', 16), cardNumber('55', 16), cardNumber('37', 15)];
  const [aws, github, slack, stripe] = [`AKIA${upper(16)}`, hex(18), hex(12), hex(12)];
  const [google, anthropic, sendgrid, npm, gitlab] = [hex(18).slice(0, 35), hex(12), hex(10), hex(18), hex(10)];
  const inUrl = word();
  const basicText = Buffer.from(`ann:${basic}`).toString('base64');
  const planted: readonly (readonly [string, string, Place])[] = [
    header('Authorization', bearer, `Bearer ${bearer}`),
    ['basic credentials', basicText, { headers: { Authorization: `Basic ${basicText}` } }],
    header('Proxy-Authorization', undefined),
    header('X-Api-Key'),
    header('apikey'),
    header('X-Auth-Token'),
    header('X-CSRF-Token'),
    header('PRIVATE-TOKEN'),
    header('Ocp-Apim-Subscription-Key'),
    ((secret: string) => ['session cookie', secret, { headers: { Cookie: `theme=dark; session=${secret}` } }] as const)(
      word(),
    ),
    ((secret: string) => ['signed cookie', secret, { headers: { Cookie: `connect.sid=s%3A${secret}.abc` } }] as const)(
      hex(12),
    ),
    ['JWT as bearer', sent.signature, { headers: { Authorization: `Bearer ${sent.token}` } }],
    query('access_token'),
    query('api_key'),
    query('token'),
    query('password'),
    query('sig'),
    query('client_secret'),
    jsonField('password'),
    jsonField('newPassword'),
    jsonField('client_secret'),
    jsonField('refresh_token'),
    jsonField('apiKey'),
    jsonField('privateKey'),
    form('password'),
    form('client_secret'),
    form('code_verifier'),
    form('refresh_token'),
    set('Set-Cookie', ...((secret: string) => [secret, `id=${secret}; Path=/; HttpOnly`] as const)(word())),
    set('X-Auth-Token'),
    set('Location', ...((secret: string) => [secret, `https://app.test/cb#access_token=${secret}`] as const)(word())),
    answered('answered access token', bearer.replace('plant', 'other'), {
      access_token: bearer.replace('plant', 'other'),
    }),
    ...['id_token', 'sessionToken', 'secret', 'passphrase'].map(name => {
      const secret = word();
      return answered(`answered ${name}`, secret, { data: [{ id: 1, [name]: secret }] });
    }),
    answered('answered JWT', given.signature, { data: { jwt: given.token } }),
    answered('RSA key', rsa, privateKey('RSA ', rsa)),
    answered('EC key in JSON', ec, { key: privateKey('EC ', ec) }),
    answered('OpenSSH key', ssh, privateKey('OPENSSH ', ssh)),
    answered('AWS key', aws, { note: `use ${aws} for it` }),
    answered('GitHub token', github, `token ghp_${github}`),
    answered('Slack token', slack, { hint: `xoxb-123456789012-${slack}` }),
    answered('Stripe key', stripe, { key: `sk_live_${stripe}` }),
    answered('Google key', google, `map AIza${google}`),
    answered('AI key', anthropic, { text: `sk-ant-api03-${anthropic}` }),
    answered('SendGrid key', sendgrid, `SG.${sendgrid}ab.${hex(20)}`),
    answered('npm token', npm, `//registry.test/:_authToken=npm_${npm}`),
    answered('GitLab token', gitlab, `glpat-${gitlab}`),
    answered('Visa', visa, { number: visa }),
    answered('Mastercard with gaps', master.replaceAll(/(\d{4})(?=\d)/g, '$1 '), {
      card: master.replaceAll(/(\d{4})(?=\d)/g, '$1 '),
    }),
    answered('Amex in a sentence', amex, `Paid with ${amex} today.`),
    answered('URL with a password', inUrl, { db: `postgres://ann:${inUrl}@db.test/shop` }),
  ];
  return planted.map(([what, secret, place], i) => ({
    what,
    secret,
    method: place.method ?? 'GET',
    url: `/planted/${i}${place.url ?? ''}`,
    headers: place.headers ?? {},
    body: place.body,
    reply: { headers: place.reply?.headers ?? {}, body: place.reply?.body ?? '{"ok":true}' },
  }));
}
