import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { addressOf, throughPort } from './service-address';

/** Stands between a client and a server, to make a real server go away or hang. */
export interface TcpProxy {
  /** The server's, leading through the proxy. */
  readonly url: string;
  /** Breaks all connections and refuses new ones, like a server that was stopped. */
  cut(): Promise<void>;
  /** Lets no byte through any more, in either direction, and says nothing: like SIGSTOP, or a network that drops packets. */
  stall(): void;
  /** After `stall`: new connections work, the old ones stay silent for ever, as after a firewall forgot them. */
  resumeForNewConnections(): void;
  /** From now on every piece of a reply comes so much later; 0: as before. */
  delay(ms: number): void;
  /** How often clients said this so far: `FROM "mocks"`. */
  said(text: string): number;
  /** Works again, after `cut` or `stall`. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** What the server says, on its way to the client. */
  readonly replies: Transform;
}

/** Before the service of that URL. `listens`: it keeps what clients say, to be asked about. */
export async function startTcpProxy(
  serviceUrl: string,
  { listens = false }: { readonly listens?: boolean } = {},
): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let isStalled = false;
  let delayMs = 0;
  let spoken = '';
  const listener = createServer(client => {
    const server = connect(addressOf(serviceUrl));
    const pair = { client, server, replies: delayed(() => delayMs) };
    pairs.add(pair);
    const end = (): void => {
      client.destroy();
      server.destroy();
      pairs.delete(pair);
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    if (listens) client.on('data', (chunk: Buffer) => (spoken += chunk.toString('latin1')));
    pair.replies.pipe(client);
    release(pair);
    if (isStalled) hold(pair);
  });
  const listen = (port: number): Promise<void> => new Promise(resolve => listener.listen(port, '127.0.0.1', resolve));
  const stop = (): Promise<void> =>
    new Promise(resolve => {
      listener.close(() => resolve());
      for (const { client, server } of pairs) {
        client.resetAndDestroy();
        server.destroy();
      }
    });
  await listen(0);
  const { port } = listener.address() as AddressInfo;
  return {
    url: throughPort(serviceUrl, port),
    cut: stop,
    stall: () => {
      isStalled = true;
      pairs.forEach(hold);
    },
    delay: ms => {
      delayMs = ms;
    },
    said: text => spoken.split(text).length - 1,
    resumeForNewConnections: () => {
      isStalled = false;
    },
    resume: async () => {
      isStalled = false;
      pairs.forEach(release);
      if (!listener.listening) await listen(port);
    },
    close: async () => {
      if (listener.listening) await stop();
    },
  };
}

function hold({ client, server, replies }: Pair): void {
  client.unpipe(server).pause();
  server.unpipe(replies).pause();
}

function release({ client, server, replies }: Pair): void {
  client.pipe(server);
  server.pipe(replies);
}

/** A longer way, not a narrower one: what follows at once arrives at once, too. */
function delayed(delayMs: () => number): Transform {
  let last = Promise.resolve();
  const after = (ms: number, then: () => void): void => {
    const wait = ms === 0 ? undefined : new Promise(resolve => setTimeout(resolve, ms));
    last = Promise.all([last, wait]).then(() => then());
  };
  return new Transform({
    transform(chunk, _encoding, done) {
      after(delayMs(), () => this.push(chunk));
      done();
    },
    flush: done => after(0, done),
  });
}
