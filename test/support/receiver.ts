import { createServer, type Socket } from 'node:net';

export interface Received {
  /** Method and target. */
  readonly line: string;
  /** `Name: value`, as they came over the wire. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** A server that writes down what arrives, byte by byte, and answers 202 once a request is whole. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Requests that were not answered yet. */
  readonly open: number;
  /** From now on nothing is answered, or all of it again. */
  hold(isHeld: boolean): void;
  close(): Promise<void>;
}

const reply = 'HTTP/1.1 202 Accepted\r\nX-Receiver: yes\r\nContent-Length: 5\r\n\r\nthere';

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let isHeld = false;
  const server = createServer(socket => {
    sockets.add(socket);
    let bytes = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', chunk => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [line = '', ...headers] = bytes.subarray(0, end).toString('latin1').split('\r\n');
      const length = Number(/^content-length: *(\d+)/im.exec(headers.join('\n'))?.[1] ?? 0);
      if (bytes.length < end + 4 + length) return;
      received.push({ line: line.replace(' HTTP/1.1', ''), headers, body: bytes.subarray(end + 4, end + 4 + length) });
      bytes = bytes.subarray(end + 4 + length);
      const answer = (): void => void socket.write(reply);
      if (isHeld) held.push(answer);
      else answer();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    get open() {
      return held.length;
    },
    hold: hold => {
      isHeld = hold;
      if (!hold) held.splice(0).forEach(answer => answer());
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
