import { createServer } from 'node:net';
import { type ForwardResult } from './forward';
import { type OutboundRule } from './outbound-refused';
import { aBackend, aClient, aGate, aRequest, aResolver, bytesOf, closeAll, listen } from './spec-backends';

/** What a server that strangers reach runs with: loopback is out of bounds. */
const open = { HOST: '0.0.0.0', ALLOW_UNAUTHENTICATED: 'true' };

const names = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'app.localhost': ['127.0.0.1'],
  'loop.test': ['127.0.0.1'],
  'loop6.test': ['::1'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'private.test': ['10.0.0.1'],
  'meta.test': ['169.254.169.254'],
  'meta6.test': ['fd00:ec2::254'],
  'zero.test': ['0.0.0.0'],
  'ula.test': ['fd12::1'],
  'cgn.test': ['100.64.0.9'],
  'nat64.test': ['64:ff9b::7f00:1'],
  'all-private.test': ['127.0.0.1', '10.0.0.1', '::1'],
};

/** PORT stands for the listener's. */
const targets: readonly (readonly [string, OutboundRule])[] = [
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '127.255.255.254',
    '0x7f.1',
    '0x7f000001',
    '0x7F.0x0.0x0.0x1',
    '017700000001',
    '0177.0.0.1',
    '0177.0.0.01',
    '2130706433',
    '0',
    '0.0.0.0',
    '0x0',
    '00000000000',
    '１２７.０.０.１',
    '１２７。０。０。１',
    '127。0。0。1',
    '①②⑦.⓪.⓪.①',
    '127.0.0.1.',
    '%31%32%37.0.0.1',
    '127%2e0%2e0%2e1',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::FFFF:127.0.0.1]',
    '[::7f00:1]',
    '[::127.0.0.1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:0::1]',
    '[fe80::1]',
    '[fd00::1]',
    '[fc00::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[100::1]',
    '[2001:db8::5efe:7f00:1]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
    'localhost',
    'LOCALHOST',
    'ＬＯＣＡＬＨＯＳＴ',
    'localhost.',
    'app.localhost',
    'loop.test',
    'LOOP.test',
    'loop6.test',
    'mapped.test',
    'private.test',
    'zero.test',
    'ula.test',
    'cgn.test',
    'nat64.test',
    'all-private.test',
  ].map(host => [`http://${host}:PORT/`, 'address'] as const),
  ['http://169.254.169.254/', 'metadata'],
  ['http://169.254.169.254./', 'metadata'],
  ['http://0xa9fea9fe/', 'metadata'],
  ['http://2852039166/', 'metadata'],
  ['http://[::ffff:a9fe:a9fe]/', 'metadata'],
  ['http://[fd00:ec2::254]/', 'metadata'],
  ['http://meta.test/', 'metadata'],
  ['http://meta6.test/', 'metadata'],
  ['https://169.254.169.254/', 'metadata'],
  ['http://allowed@169.254.169.254/', 'credentials'],
  ['http://allowed@127.0.0.1:PORT/', 'credentials'],
  ['http://user:pw@127.0.0.1:PORT/', 'credentials'],
  ['http://:pw@127.0.0.1:PORT/', 'credentials'],
  ['http://allowed\\@127.0.0.1:PORT/', 'url'],
  ['http://allowed%00.127.0.0.1:PORT/', 'url'],
  ['http://allowed#@127.0.0.1:PORT/', 'url'],
  ['http://127.0.0.1\t:PORT/', 'url'],
  ['http://127.0.0.1:PORT/\n', 'url'],
  ['ht\ttp://127.0.0.1:PORT/', 'url'],
  ['\nhttp://127.0.0.1:PORT/', 'url'],
  [' http://127.0.0.1:PORT/', 'url'],
  ['http:\\\\127.0.0.1:PORT\\', 'url'],
  ['http://', 'url'],
  ['127.0.0.1', 'url'],
  ['http://[::1%25lo]:PORT/', 'url'],
  ['http:127.0.0.1:PORT', 'address'],
  ['http:///127.0.0.1:PORT/', 'address'],
  ['https://127.0.0.1:PORT/', 'address'],
  ['file:///etc/passwd', 'scheme'],
  ['ftp://127.0.0.1:PORT/', 'scheme'],
  ['gopher://127.0.0.1:PORT/_x', 'scheme'],
  ['unix:/var/run/docker.sock', 'scheme'],
  ['ws://127.0.0.1:PORT/', 'scheme'],
  ['data:,x', 'scheme'],
  ['javascript:1', 'scheme'],
];

afterEach(closeAll);

describe('the outbound gate', () => {
  it('refuses every target of the table, and nothing connects', async () => {
    expect(targets.length).toBeGreaterThanOrEqual(60);
    let connections = 0;
    const count = (): number => connections++;
    const port = await listen(createServer(count));
    await listen(createServer(count), '::1', port);
    const client = aClient({ env: open, resolve: aResolver(names) });
    const outcomes: [string, ForwardResult][] = [];
    for (const [url] of targets) {
      const backendUrl = url.replace('PORT', String(port));
      outcomes.push([url, await client.forward(aRequest({ backendUrl, isBackendTrusted: false }))]);
    }
    expect(outcomes.filter(([, result]) => result.kind !== 'failed' || result.problem !== 'outbound-refused')).toEqual(
      [],
    );
    expect(connections).toBe(0);
    // The listener does count: the same call, allowed, arrives.
    void aClient({ env: open }).forward(aRequest({ backendUrl: `http://127.0.0.1:${port}` }));
    await new Promise<void>(resolve => {
      const look = (): void => (connections > 0 ? resolve() : void setImmediate(look));
      look();
    });
  });

  it.each(targets.filter(([url]) => !/[a-z0-9]\.test|localhost|ＬＯＣ/i.test(url)))(
    'refuses %j before DNS by rule %s',
    (url, rule) => {
      const decision = aGate({ env: open }).gate.decide(url.replace('PORT', '8080'));
      expect(decision.allowed ? 'allowed' : decision.refused.rule).toBe(rule);
    },
  );

  it.each([22, 25, 110, 143, 3306, 5432, 6379, 9200, 11211, 27017])(
    'refuses port %i unless the entry names it',
    port => {
      const url = `http://db.example.com:${port}/`;
      expect(aGate().gate.decide(url)).toMatchObject({
        allowed: false,
        refused: { rule: 'port', allowWith: `db.example.com:${port}` },
      });
      expect(aGate({ env: { OUTBOUND_ALLOW: 'db.example.com' } }).gate.decide(url).allowed).toBe(false);
      expect(aGate({ env: { OUTBOUND_ALLOW: `db.example.com:${port}` } }).gate.decide(url).allowed).toBe(true);
      expect(aGate().gate.decide(url, { host: 'DB.example.com.', port }).allowed).toBe(true);
    },
  );

  it('refuses metadata addresses even when trusted and allow-listed', () => {
    const { gate } = aGate({ env: { OUTBOUND_ALLOW: '169.254.169.254:80,169.254.0.0/16' } });
    expect(gate.decide('http://169.254.169.254/', { host: '169.254.169.254', port: 80 })).toMatchObject({
      allowed: false,
      refused: { rule: 'metadata', allowWith: undefined },
    });
  });

  it('says what to set', () => {
    expect(aGate({ env: open }).gate.decide('http://[fd00::1]:8080/')).toMatchObject({
      allowed: false,
      refused: { message: expect.stringContaining('add [fd00::1]:8080 to OUTBOUND_ALLOW') },
    });
  });

  it.each([
    [{ HOST: '127.0.0.1' }, true],
    [{ HOST: '::1' }, true],
    [{ HOST: 'localhost' }, true],
    [open, false],
    [{ HOST: '127.0.0.1', OUTBOUND_ALLOW: '10.0.0.0/8' }, true],
    [{ ...open, OUTBOUND_ALLOW: '127.0.0.0/8' }, true],
    [{ ...open, OUTBOUND_ALLOW: '127.0.0.1:8080' }, true],
    [{ ...open, OUTBOUND_ALLOW: '127.0.0.1:8081' }, false],
  ])('with %j loopback is allowed: %s', (env, allowed) => {
    expect(aGate({ env }).gate.decide('http://127.0.0.1:8080/').allowed).toBe(allowed);
  });

  it('trusts the host and port it was told of and no other', () => {
    const { gate } = aGate({ env: open });
    const trusted = { host: '10.0.0.5', port: 8080 };
    expect(gate.decide('http://10.0.0.5:8080/', trusted).allowed).toBe(true);
    expect(gate.decide('http://10.0.0.5:8081/', trusted).allowed).toBe(false);
    expect(gate.decide('http://10.0.0.6:8080/', trusted).allowed).toBe(false);
  });

  it('connects to the allowed addresses only of a name that has both', async () => {
    const backend = await aBackend((_request, response) => response.end('here'));
    const port = new URL(backend).port;
    // 127.0.0.1 stands for the allowed address; the listener on ::1 must see nobody.
    let connections = 0;
    await listen(
      createServer(() => connections++),
      '::1',
      Number(port),
    );
    const client = aClient({
      env: { ...open, OUTBOUND_ALLOW: '127.0.0.1' },
      resolve: aResolver({ 'both.test': ['::1', '10.255.255.1', '127.0.0.1'] }),
    });
    const result = await client.forward(aRequest({ backendUrl: `http://both.test:${port}`, isBackendTrusted: false }));
    expect(result.kind === 'answered' && String(await bytesOf(result.body))).toBe('here');
    expect(connections).toBe(0);
  });

  it('judges a name anew at each connect', async () => {
    const backend = await aBackend((_request, response) => response.setHeader('Connection', 'close').end('ok'));
    const answers = [['127.0.0.1'], ['::1']];
    const client = aClient({
      env: { ...open, OUTBOUND_ALLOW: '127.0.0.1' },
      resolve: (hostname, options, callback) =>
        aResolver({ [hostname]: answers.shift() ?? [] })(hostname, options, callback),
    });
    const request = aRequest({ backendUrl: backend.replace('127.0.0.1', 'rebind.test'), isBackendTrusted: false });
    const first = await client.forward(request);
    expect(first.kind === 'answered' && String(await bytesOf(first.body))).toBe('ok');
    expect(await client.forward(request)).toMatchObject({ kind: 'failed', problem: 'outbound-refused' });
  });

  it('does not lend a trusted connection to a call that would not get one', async () => {
    const backendUrl = await aBackend((_request, response) => response.end('ok'));
    const client = aClient({ env: open });
    const trusted = await client.forward(aRequest({ backendUrl }));
    expect(trusted.kind === 'answered' && String(await bytesOf(trusted.body))).toBe('ok');
    expect(await client.forward(aRequest({ backendUrl, isBackendTrusted: false }))).toMatchObject({
      problem: 'outbound-refused',
    });
  });

  it('goes straight to the backend whatever HTTP_PROXY says', async () => {
    const settings = {
      HTTP_PROXY: 'http://127.0.0.1:9',
      http_proxy: 'http://127.0.0.1:9',
      ALL_PROXY: 'http://127.0.0.1:9',
    };
    const before = Object.keys(settings).map(name => [name, process.env[name]] as const);
    Object.assign(process.env, settings);
    try {
      const backendUrl = await aBackend((_request, response) => response.end('direct'));
      const result = await aClient().forward(aRequest({ backendUrl }));
      expect(result.kind === 'answered' && String(await bytesOf(result.body))).toBe('direct');
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
});
