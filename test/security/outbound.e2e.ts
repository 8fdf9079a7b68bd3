import { createServer, type Server } from 'node:net';
import { type AddressInfo } from 'node:net';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

/** Ways to write an address of this machine, of its network or of a cloud's metadata (P-01, P-02, P-07). PORT is the trap's. */
const forbidden = [
  ...['127.0.0.1', '127.1', '127.0.1', '127.255.255.254', '0x7f.1', '0x7f000001', '0x7F.0.0.1', '017700000001'],
  ...['0177.0.0.1', '2130706433', '0', '0.0.0.0', '0x0', '00000000000', '１２７.０.０.１', '127。0。0。1', '①②⑦.⓪.⓪.①'],
  ...['127.0.0.1.', '%31%32%37.0.0.1', '127%2e0%2e0%2e1', 'localhost', 'LOCALHOST', 'ＬＯＣＡＬＨＯＳＴ', 'localhost.'],
  ...['[::1]', '[0:0:0:0:0:0:0:1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::FFFF:127.0.0.1]'],
  ...['[::7f00:1]', '[::127.0.0.1]', '[::ffff:0:127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b::127.0.0.1]'],
  ...['[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001:0::1]', '[fe80::1]', '[fd00::1]', '[fc00::1]', '[fec0::1]'],
  ...['[ff02::1]', '[100::1]', '[2001:db8::5efe:7f00:1]', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1'],
  ...['169.254.1.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '169.254.169.254', '0xa9fea9fe'],
  ...['2852039166', '[::ffff:a9fe:a9fe]', '[fd00:ec2::254]', '100.100.100.200', '168.63.129.16'],
].map(host => `http://${host}:PORT`);

const deceptive = [
  'http://example.test@127.0.0.1:PORT',
  'http://example.test\\@127.0.0.1:PORT',
  'http://example.test%00.127.0.0.1:PORT',
  'http://127.0.0.1:PORT#@example.test',
  'http://127.0.0.1:PORT?@example.test',
  'http://127.0.0.1\t:PORT',
  'http://127.0.0\n.1:PORT',
  'http:127.0.0.1:PORT',
  '//127.0.0.1:PORT',
  'ftp://127.0.0.1:PORT',
  'file:///etc/passwd',
  'gopher://127.0.0.1:PORT/_x',
];

/** P-08. */
const ports = [22, 25, 53, 110, 143, 445, 2375, 3306, 5432, 6379, 9200, 11211, 27017].map(
  port => `http://192.0.2.1:${port}`,
);

describe('where the server does not call, whoever asks', () => {
  let trap: Server;
  let connections = 0;
  let server: ScratchServer;

  beforeAll(async () => {
    trap = createServer(socket => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>(resolve => trap.listen(0, '::', resolve));
    const trapUrl = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;
    server = await startScratchServer({
      HOST: '0.0.0.0',
      ALLOW_UNAUTHENTICATED: 'true',
      PROXY_CONNECT_TIMEOUT_MS: '500',
      HTTP_PROXY: trapUrl, // P-10: it is not looked at
      HTTPS_PROXY: trapUrl,
      NO_PROXY: '',
    });
  });
  afterAll(async () => {
    await server.remove();
    await new Promise(resolve => trap.close(resolve));
  });

  const admin = (path: string, body: unknown): Promise<Response> =>
    fetch(`${server.url}/__admin/${path}`, { method: 'POST', body: JSON.stringify(body) });

  it.each([...forbidden, ...deceptive, ...ports])('a mock that proxies to %s', async target => {
    const proxyBaseUrl = target.replace('PORT', `${(trap.address() as AddressInfo).port}`);
    const saved = await admin('mappings', { request: { urlPath: '/out' }, response: { proxyBaseUrl } });
    if (saved.status !== 422) {
      expect(saved.status).toBe(201);
      const answer = await fetch(`${server.url}/out`);
      expect([500, 502, 504]).toContain(answer.status);
    }
    expect(connections).toBe(0);
  });

  it('a backend that leads back here ends after one round, and again and again (P-11)', async () => {
    await admin('workspaces', { slug: 'ring', name: 'Ring', backendUrl: `http://127.0.0.1:${server.port}/__w/ring` });
    for (let i = 0; i < 20; i++) {
      const answer = await fetch(`${server.url}/__w/ring/x`);
      expect(answer.status).toBe(508);
      expect(await answer.json()).toMatchObject({ code: 'proxy-loop' });
    }
  });
});
