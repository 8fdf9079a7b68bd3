import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule, readConfig } from '@mock-server/config';
import { MetricsModule } from '@mock-server/metrics';
import { BackendClient, OUTBOUND_LOOKUP, ProxyModule, type ForwardResult } from '@mock-server/proxy';
import { startDnsServer, type DnsAnswer, type DnsServer } from '../support/dns-server';
import { closeServer } from '../support/todo-api';

// Names that lead elsewhere the second time, or to several places at once (P-04, P-05). 127.0.0.2 stands for an address that may be
// called, 127.0.0.1 for one that may not; on both somebody listens on the same port.

const allowed = '127.0.0.2';
const forbidden = '127.0.0.1';
let dns: DnsServer;
let answers: (name: string, turn: number) => DnsAnswer | undefined = () => undefined;
let good: Server;
let trap: Server;
let trapped = 0;
let port: number;
let app: INestApplicationContext;
let client: BackendClient;

beforeAll(async () => {
  const turns = new Map<string, number>();
  dns = await startDnsServer(name => {
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    return answers(name, turn);
  });
  good = createServer((_incoming, outgoing) => outgoing.setHeader('Connection', 'close').end('good'));
  await new Promise<void>(resolve => good.listen(0, allowed, resolve));
  port = (good.address() as AddressInfo).port;
  trap = createServer().on('connection', () => void trapped++);
  await new Promise<void>(resolve => trap.listen(port, forbidden, resolve));
  const config = readConfig({
    HOST: '0.0.0.0',
    ALLOW_UNAUTHENTICATED: 'true',
    OUTBOUND_ALLOW: `${allowed}/32`,
    PROXY_CONNECT_TIMEOUT_MS: '1000',
  });
  const resolver = {
    module: class Resolver {},
    global: true,
    providers: [{ provide: OUTBOUND_LOOKUP, useValue: dns.lookup }],
    exports: [OUTBOUND_LOOKUP],
  };
  const root = {
    module: class Root {},
    imports: [ConfigModule.forRoot(config), MetricsModule.forRoot(), resolver, ProxyModule],
  };
  app = await NestFactory.createApplicationContext(root, { logger: false });
  client = app.get(BackendClient);
});
afterEach(() => expect(trapped).toBe(0));
afterAll(async () => {
  await app.close();
  await closeServer(good);
  await closeServer(trap);
  await dns.close();
});

async function fetchFrom(name: string): Promise<string> {
  const result: ForwardResult = await client.forward({
    backendUrl: `http://${name}:${port}`,
    isBackendTrusted: false,
    method: 'GET',
    url: '/',
    rawHeaders: [],
    body: undefined,
    clientIp: '192.0.2.1',
    scheme: 'http',
    host: 'mock.test',
    signal: new AbortController().signal,
  });
  if (result.kind === 'failed') return result.problem;
  let text = '';
  for await (const chunk of result.body as AsyncIterable<Buffer>) text += String(chunk);
  return text;
}

it('P-04: a name that leads to a forbidden address the second time is refused then, and was asked once a connection', async () => {
  answers = (_name, turn) => ({ addresses: [turn === 0 ? allowed : forbidden] });
  expect(await fetchFrom('rebind.test')).toBe('good');
  expect(await fetchFrom('rebind.test')).toBe('outbound-refused');
  expect(dns.asked.filter(name => name === 'rebind.test')).toHaveLength(2);
});

it('P-04: of a name that changes with every question no forbidden address is ever called', async () => {
  answers = (_name, turn) => ({ addresses: [turn % 2 === 0 ? allowed : forbidden] });
  const fates = new Set<string>();
  for (let round = 0; round < 20; round++) fates.add(await fetchFrom('flip.test'));
  expect([...fates].sort()).toEqual(['good', 'outbound-refused']);
});

it.each([
  ['the allowed address first', [allowed, forbidden]],
  ['the forbidden address first', [forbidden, allowed]],
  ['forbidden ones around it', [forbidden, '169.254.169.254', allowed, '10.0.0.1', forbidden]],
])('P-05: of a name with several addresses, %s, the allowed one alone is called', async (what, addresses) => {
  answers = () => ({ addresses });
  expect(await fetchFrom(`mixed-${what.length}.test`)).toBe('good');
});

it('P-05: a chain of names that ends inside is refused, one that ends at an allowed address is not', async () => {
  answers = name =>
    name.startsWith('inside')
      ? { aliases: ['cdn.test', 'edge.test', 'internal.test'], addresses: [forbidden] }
      : { aliases: ['cdn.test'], addresses: [allowed] };
  expect(await fetchFrom('inside.test')).toBe('outbound-refused');
  expect(await fetchFrom('outside.test')).toBe('good');
});

it('P-05: when the allowed address does not answer, no other is tried in its place', async () => {
  answers = () => ({ addresses: ['127.0.0.2', forbidden] });
  await new Promise(resolve => good.close(resolve));
  try {
    expect(await fetchFrom('race.test')).toBe('backend-unreachable');
  } finally {
    await new Promise<void>(resolve => good.listen(port, allowed, resolve));
  }
  expect(await fetchFrom('nobody.test')).toBe('good');
});

it('a name that nobody knows is unreachable', async () => {
  answers = () => undefined;
  expect(await fetchFrom('unknown.test')).toBe('backend-unreachable');
});
