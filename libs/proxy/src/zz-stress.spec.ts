import { type Socket } from 'node:net';
import { aClient, aRawBackend, aRequest, bytesOf, closeAll } from './spec-backends';

afterEach(closeAll);

const ok = 'HTTP/1.1 200 OK\r\n';

describe('a backend that talks nonsense', () => {
  it.each<readonly [string, string | Buffer]>([
    ['no HTTP at all', 'garbage\r\n\r\n'],
    ['a page without a head (HTTP/0.9)', '<html>hello</html>'],
    ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n'],
    ['NUL in a header', `${ok}X-A: a\0b\r\nContent-Length: 0\r\n\r\n`],
    ['a control character in a header', `${ok}X-A: a\x01b\r\nContent-Length: 0\r\n\r\n`],
    ['a space in a header name', `${ok}X A: b\r\nContent-Length: 0\r\n\r\n`],
    ['64 KB of headers', `${ok}X-A: ${'a'.repeat(65_536)}\r\nContent-Length: 0\r\n\r\n`],
    ['64 KB of short headers', `${ok}${'X-A: aaaaaaaa\r\n'.repeat(5_000)}Content-Length: 0\r\n\r\n`],
    ['10,000 early hints', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(10_000)],
    ['two lengths', `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ['a length and chunks', `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ])('%s is answered backend-invalid, and the next call is served', async (_what, bytes) => {
    let talk = (socket: Socket): void => void socket.write(bytes);
    const backendUrl = await aRawBackend(socket => void socket.once('data', () => talk(socket)));
    const client = aClient();
    expect(await client.forward(aRequest({ backendUrl }))).toMatchObject({
      kind: 'failed',
      problem: 'backend-invalid',
    });
    talk = socket => void socket.write(`${ok}Content-Length: 2\r\n\r\nok`);
    const next = await client.forward(aRequest({ backendUrl }));
    expect(next.kind === 'answered' && String(await bytesOf(next.body))).toBe('ok');
  });

  it.each<readonly [string, (socket: Socket) => void]>([
    ['closes without a word', socket => void socket.end()],
    ['resets without a word', socket => void socket.resetAndDestroy()],
    ['resets in the head', socket => void socket.write(`${ok}X-A: b\r\n`, () => socket.resetAndDestroy())],
    ['closes in the head', socket => void socket.end(`${ok}X-A: b\r\n`)],
  ])('one that %s is unreachable', async (_what, talk) => {
    const backendUrl = await aRawBackend(socket => void socket.once('data', () => talk(socket)));
    expect(await aClient().forward(aRequest({ backendUrl }))).toMatchObject({
      kind: 'failed',
      problem: 'backend-unreachable',
    });
  });

  const partial = [
    ['with a length', `${ok}Content-Length: 10\r\n\r\npart`],
    ['in chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n`],
    ['that ends with the connection', `${ok}Connection: close\r\n\r\npart`],
  ] as const;

  it.each(Array.from({length:500},(_,i)=>partial[i%3]!))('a reset in a body %s is an error, never an end', async (_what, bytes) => {
    let reset = (): void => undefined;
    const log: string[] = []; const received: string[] = [];
    const t = setTimeout(() => console.error('STUCK', log.join(' | '), received.length), 2000);
    const backendUrl = await aRawBackend(socket => {
      log.push('conn'); socket.on('close', () => log.push('srv-close')); socket.on('error', e => log.push('srv-err ' + String(e)));
      reset = () => { log.push('reset'); socket.resetAndDestroy(); };
      socket.once('data', () => socket.write(bytes));
    });
    const reply = await aClient().forward(aRequest({ backendUrl }));
    if (reply.kind === 'failed') throw new Error(reply.detail);
    log.push('answered');
    const reading = (async () => {
      for await (const chunk of reply.body as AsyncIterable<Buffer>) {
        received.push(String(chunk));
        reset();
      }
    })();
    await expect(reading).rejects.toThrow(); clearTimeout(t);
    expect(received).toEqual(['part']);
  });

  it.each(partial.slice(0, 2))('an early close in a body %s is an error', async (_what, bytes) => {
    const backendUrl = await aRawBackend(socket => void socket.once('data', () => socket.end(bytes)));
    const reply = await aClient().forward(aRequest({ backendUrl }));
    await expect(reply.kind === 'answered' ? bytesOf(reply.body) : reply).rejects.toThrow();
  });

  it('a broken chunk is an error', async () => {
    const backendUrl = await aRawBackend(
      socket =>
        void socket.once('data', () =>
          socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\nnonsense\r\n`),
        ),
    );
    const reply = await aClient().forward(aRequest({ backendUrl }));
    await expect(reply.kind === 'answered' ? bytesOf(reply.body) : reply).rejects.toThrow();
  });

  it('a body that ends with the connection is whole', async () => {
    const backendUrl = await aRawBackend(socket => void socket.once('data', () => socket.end(`${ok}\r\nwhole`)));
    const reply = await aClient().forward(aRequest({ backendUrl }));
    expect(reply.kind === 'answered' && String(await bytesOf(reply.body))).toBe('whole');
  });

  it('an answer that drips in byte by byte is passed on as it comes', async () => {
    const bytes = `${ok}Content-Length: 5\r\n\r\nhello`;
    const backendUrl = await aRawBackend(socket => {
      let sent = 0;
      const drip = (): void => void (sent < bytes.length && socket.write(bytes[sent++]!, () => setImmediate(drip)));
      socket.setNoDelay(true).once('data', drip);
    });
    const reply = await aClient().forward(aRequest({ backendUrl }));
    expect(reply.kind === 'answered' && String(await bytesOf(reply.body))).toBe('hello');
  });

  it('a head that drips in too slowly is cut off', async () => {
    const backendUrl = await aRawBackend(socket => {
      socket.once('data', () => {
        socket.write(ok);
        const drip = setInterval(() => socket.write('X'), 20);
        socket.once('close', () => clearInterval(drip));
      });
    });
    expect(await aClient({ proxy: { responseTimeoutMs: 200 } }).forward(aRequest({ backendUrl }))).toMatchObject({
      kind: 'failed',
      problem: 'backend-timeout',
    });
  });

  it('a reason in another alphabet is replaced by one that can be written', async () => {
    const backendUrl = await aRawBackend(
      socket => void socket.once('data', () => socket.write('HTTP/1.1 404 не найдено\r\nContent-Length: 0\r\n\r\n')),
    );
    expect(await aClient().forward(aRequest({ backendUrl }))).toMatchObject({
      status: 404,
      statusMessage: 'Not Found',
    });
  });
});
