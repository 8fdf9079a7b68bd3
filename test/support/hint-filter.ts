import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { addressOf, throughPort } from './service-address';

/** Stands before a Postgres and lets everything through but its notifications: replicas behind it get no hint. */
export interface HintFilter {
  /** How many it dropped. */
  readonly dropped: number;
  /** The database's, leading through the filter. */
  readonly url: string;
  close(): Promise<void>;
}

const notification = 'A'.charCodeAt(0);

export async function startHintFilter(url: string): Promise<HintFilter> {
  const sockets = new Set<Socket>();
  let dropped = 0;
  const listener = createServer(client => {
    const server = connect(addressOf(url));
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => [client, server].forEach(one => one.destroy()));
    }
    client.pipe(server);
    let held = Buffer.alloc(0);
    server.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      const kept: Buffer[] = [];
      // A message is its type, a byte, and its length, which counts itself (PostgreSQL, "Message Formats").
      while (held.length >= 5 && held.length >= 1 + held.readInt32BE(1)) {
        const message = held.subarray(0, 1 + held.readInt32BE(1));
        held = held.subarray(message.length);
        if (message[0] === notification) dropped++;
        else kept.push(message);
      }
      if (kept.length > 0) client.write(Buffer.concat(kept));
    });
  });
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  return {
    get dropped() {
      return dropped;
    },
    url: throughPort(url, (listener.address() as AddressInfo).port),
    close: () =>
      new Promise(resolve => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
