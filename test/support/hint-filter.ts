import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands before a Postgres and lets everything through but its notifications: replicas behind it get no hint. */
export interface HintFilter {
  /** How many it dropped. */
  readonly dropped: number;
  through(url: string): string;
  close(): Promise<void>;
}

const notification = 'A'.charCodeAt(0);

export async function startHintFilter(url: string): Promise<HintFilter> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let dropped = 0;
  const listener = createServer(client => {
    const server = connect({ host: hostname, port: Number(port) || 5_432 });
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
    through: target => {
      const filtered = new URL(target);
      filtered.hostname = '127.0.0.1';
      filtered.port = String((listener.address() as AddressInfo).port);
      return filtered.href;
    },
    close: () =>
      new Promise(resolve => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
