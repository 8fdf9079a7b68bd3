import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { writeReply } from './write-reply';

describe('a large reply', () => {
  let server: Server;
  let client: Socket;

  beforeEach(async () => {
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date', 'setInterval'],
    });
    const body = Buffer.alloc(32 * 1_024 * 1_024, 'x');
    server = createServer((incoming, outgoing) => writeReply(incoming, outgoing, { status: 200, headers: [], body }));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise(resolve => client.once('readable', resolve));
  });
  afterEach(async () => {
    jest.useRealTimers();
    client.destroy();
    await new Promise(resolve => server.close(resolve));
  });

  it('is cut off when the client has not taken it in two minutes', async () => {
    jest.advanceTimersByTime(119_000);
    await new Promise(setImmediate);
    expect(await connections(server)).toBe(1);
    jest.advanceTimersByTime(1_000);
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)));
    expect(await connections(server)).toBe(0);
  });

  it('is whole for a client that takes it', async () => {
    let bytes = 0;
    const taken = new Promise<void>(resolve =>
      client.on('data', (chunk: Buffer) => (bytes += chunk.length) > 32 * 1_024 * 1_024 && resolve()),
    );
    await taken;
    jest.advanceTimersByTime(120_000);
    await new Promise(setImmediate);
    expect(client.destroyed).toBe(false);
  });
});

function connections(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );
}
