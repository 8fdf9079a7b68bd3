import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import {
  type AddressInfo,
  createServer as createRawServer,
  type LookupFunction,
  type Server,
  type Socket,
} from 'node:net';
import { Readable } from 'node:stream';
import { type Config, readConfig } from '@mock-server/config';
import { MetricsRegistry } from '@mock-server/metrics';
import { BackendClient } from './backend-client';
import { BackendCounts } from './backend-counts';
import { type BackendReply } from './backend-exchange';
import { BackendPools } from './backend-pools';
import { type ForwardRequest } from './forward';
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
  return new BackendClient(gate, pools, new BackendCounts(new MetricsRegistry(), pools));
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

export async function answered(client: BackendClient, request: ForwardRequest): Promise<BackendReply> {
  const result = await client.forward(request);
  if (result.kind === 'failed') throw new Error(`${result.problem}: ${result.detail}`);
  return result;
}
export const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}
/** Everything here runs in this process: what has not moved in 200 turns of the loop waits for somebody. */
export async function standsStill(value: () => number): Promise<number> {
  for (let last = value(), still = 0; still < 200; still++, await turn()) {
    if (value() !== last) [last, still] = [value(), 0];
  }
  return value();
}
/** Chunks on demand; `made` counts what was asked for. */
export function aSource(chunks: number): { stream: Readable; made: () => number } {
  let made = 0;
  const chunk = Buffer.alloc(65_536, 'x');
  const stream = new Readable({
    read() {
      this.push(made++ < chunks ? chunk : null);
    },
  });
  return { stream, made: () => made };
}
