import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** One request as it came over the wire. */
export interface RawRequest {
  readonly line: string;
  /** `Name: value`, in order. */
  readonly headers: readonly string[];
  /** Chunks put together. */
  readonly body: Buffer;
  /** `Name: value` after the last chunk. */
  readonly trailers: readonly string[];
}

export interface RawBackend {
  readonly url: string;
  readonly requests: RawRequest[];
  /** What came and is no HTTP, as a strict parser sees it. */
  readonly garbage: string[];
  /** Open connections. */
  readonly open: number;
  /** What is done with each connection once a request is whole; at first: 200 with `ok`. */
  answer: (socket: Socket, request: RawRequest) => void;
  /** Called as soon as there is a head; the body may still be on its way. */
  onHead: ((socket: Socket, head: string) => void) | undefined;
  close(): Promise<void>;
}

const plain = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A backend that reads bytes as strictly as RFC 9112 allows, and writes what a test wants. */
export async function startRawBackend(): Promise<RawBackend> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket);
    let bytes = Buffer.alloc(0);
    let isHeadSeen = false;
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('end', () => socket.end());
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!isHeadSeen) backend.onHead?.(socket, bytes.subarray(0, end).toString('latin1'));
      isHeadSeen = true;
      for (;;) {
        const read = readRequest(bytes);
        if (read === 'incomplete') return;
        if (read === 'garbage') {
          backend.garbage.push(bytes.subarray(0, 200).toString('latin1'));
          socket.destroy();
          return;
        }
        bytes = bytes.subarray(read.length);
        isHeadSeen = bytes.length > 0;
        backend.requests.push(read.request);
        backend.answer(socket, read.request);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const backend: RawBackend = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    garbage: [],
    get open() {
      return sockets.size;
    },
    answer: socket => void socket.write(plain),
    onHead: undefined,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return backend;
}

type Reading = { readonly request: RawRequest; readonly length: number } | 'incomplete' | 'garbage';

function readRequest(bytes: Buffer): Reading {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return 'incomplete';
  const [line = '', ...headers] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const valuesOf = (name: string): string[] =>
    headers
      .filter(header => header.toLowerCase().startsWith(`${name}:`))
      .map(header => header.slice(name.length + 1).trim());
  const isSound =
    /^[!-~]+ \/[!-~]* HTTP\/1\.1$/.test(line) &&
    headers.every(header => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\0\r\n]*$/.test(header));
  const [lengths, codings] = [valuesOf('content-length'), valuesOf('transfer-encoding')];
  if (!isSound || lengths.length + codings.length > 1 || valuesOf('host').length !== 1) return 'garbage';
  if (codings.length === 1) return codings[0] === 'chunked' ? readChunks(bytes, end + 4, { line, headers }) : 'garbage';
  const length = lengths.length === 0 ? 0 : /^\d+$/.test(lengths[0]!) ? Number(lengths[0]) : Number.NaN;
  if (Number.isNaN(length)) return 'garbage';
  if (bytes.length < end + 4 + length) return 'incomplete';
  const body = bytes.subarray(end + 4, end + 4 + length);
  return { request: { line, headers, body, trailers: [] }, length: end + 4 + length };
}

function readChunks(bytes: Buffer, start: number, head: { line: string; headers: readonly string[] }): Reading {
  const chunks: Buffer[] = [];
  for (let at = start; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return 'incomplete';
    const size = bytes.subarray(at, lineEnd).toString('latin1');
    if (!/^[0-9a-f]{1,8}$/i.test(size)) return 'garbage';
    const length = Number.parseInt(size, 16);
    if (length === 0) {
      const end = bytes.indexOf('\r\n\r\n', lineEnd);
      if (end < 0) return 'incomplete';
      const trailers = bytes
        .subarray(lineEnd + 2, end)
        .toString('latin1')
        .split('\r\n');
      const request = { ...head, body: Buffer.concat(chunks), trailers: trailers.filter(one => one !== '') };
      return { request, length: end + 4 };
    }
    if (bytes.length < lineEnd + 2 + length + 2) return 'incomplete';
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length));
    if (bytes.subarray(lineEnd + 2 + length, lineEnd + 4 + length).toString() !== '\r\n') return 'garbage';
    at = lineEnd + 4 + length;
  }
}
