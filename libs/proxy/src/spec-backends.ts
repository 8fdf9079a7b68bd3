import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import {
  type AddressInfo,
  createServer as createRawServer,
  type LookupFunction,
  type Server,
  type Socket,
} from 'node:net';
import { type Readable } from 'node:stream';
import { type Config, readConfig } from '@mock-server/config';
import { BackendClient, type ForwardRequest } from './backend-client';
import { BackendPools } from './backend-pools';
import { OutboundGate } from './outbound-gate';

// For specs: real servers on loopback, and a client made as the module makes it.

const closers: (() => Promise<void>)[] = [];

/** Ends what the helpers below started; for afterEach. */
export async function closeAll(): Promise<void> {
  await Promise.all(closers.splice(0).map(close => close()));
}

export async function listen(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, 'listening');
  closers.push(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}

export async function aBackend(answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(answer))}`;
}

/** A backend that speaks bytes: `talk` gets each connection. */
export async function aRawBackend(talk: (socket: Socket) => void): Promise<string> {
  return `http://127.0.0.1:${await listen(createRawServer({ allowHalfOpen: true }, talk))}`;
}

export interface ClientSetup {
  readonly env?: NodeJS.ProcessEnv;
  readonly resolve?: LookupFunction;
  readonly proxy?: Partial<Config['proxy']>;
}

export function aGate({ env = {}, resolve, proxy = {} }: ClientSetup = {}): { gate: OutboundGate; config: Config } {
  const read = readConfig(env);
  const config: Config = { ...read, proxy: { ...read.proxy, ...proxy } };
  return { gate: new OutboundGate(config, resolve), config };
}

export function aClient(setup: ClientSetup = {}): BackendClient {
  const { gate, config } = aGate(setup);
  const pools = new BackendPools(config, gate);
  closers.push(() => pools.onApplicationShutdown());
  return new BackendClient(gate, pools);
}

export function aRequest(given: Partial<ForwardRequest> & { readonly backendUrl: string }): ForwardRequest {
  return {
    method: 'GET',
    url: '/',
    rawHeaders: ['Host', 'mock.test'],
    body: undefined,
    clientIp: '192.0.2.7',
    scheme: 'http',
    host: 'mock.test',
    signal: new AbortController().signal,
    ...given,
  };
}

export async function bytesOf(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A resolver that knows these names only. */
export function aResolver(names: Readonly<Record<string, readonly string[]>>): LookupFunction {
  return (hostname, _options, callback) => {
    const addresses = names[hostname];
    if (addresses === undefined) callback(Object.assign(new Error(`no ${hostname}`), { code: 'ENOTFOUND' }), []);
    else
      callback(
        null,
        addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  };
}
