import { connect, type Socket } from 'node:net';

/** One reply as it stood on the wire. */
export interface RawReply {
  readonly status: number;
  /** Status line and headers, as sent. */
  readonly head: string;
  readonly body: string;
}

export interface RawOptions {
  /** End our side once all is sent, as a client does that wants nothing more. */
  readonly end?: boolean;
  readonly timeoutMs?: number;
}

/** Sends bytes over a bare socket and gives all that comes back until the other side closes. A reset counts as closed. */
export function sendRaw(port: number, bytes: string | Buffer, options: RawOptions = {}): Promise<string> {
  const { end = false, timeoutMs = 10_000 } = options;
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`The connection stayed open for ${timeoutMs} ms after: ${text.slice(0, 500)}`));
    }, timeoutMs);
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('end', finish).on('close', finish).on('error', finish);
    if (end) socket.end(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    else socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  });
}

/** What came over a connection, and how it ended. */
export interface RawTalk {
  /** As they arrived, in milliseconds since the request was sent. */
  readonly pieces: readonly { readonly atMs: number; readonly text: string }[];
  readonly text: string;
  /** `closed`: in order, by a FIN. `reset`: by an RST. */
  readonly end: 'closed' | 'reset';
}

/** Like {@link sendRaw}, for those who want to know when each piece came, and whether the end was a reset. */
export function watchRaw(
  port: number,
  text: string,
  { timeoutMs = 10_000 }: { timeoutMs?: number } = {},
): Promise<RawTalk> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const pieces: { atMs: number; text: string }[] = [];
    const startedAt = performance.now();
    let end: RawTalk['end'] = 'closed';
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`The connection stayed open for ${timeoutMs} ms`));
    }, timeoutMs);
    socket.on('data', (chunk: Buffer) =>
      pieces.push({ atMs: performance.now() - startedAt, text: chunk.toString('latin1') }),
    );
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') end = 'reset';
      else reject(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ pieces, text: pieces.map(piece => piece.text).join(''), end });
    });
    socket.write(Buffer.from(text, 'latin1'));
  });
}

/** A socket that is open and whose errors are no news. */
export function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.off('error', reject).on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Reads replies off a text as a strict client does: by Content-Length, chunks, or to the end. Throws on what is no HTTP. */
export function readReplies(text: string, methods: readonly string[] = []): RawReply[] {
  const replies: RawReply[] = [];
  for (let at = 0; at < text.length;) {
    const headEnd = text.indexOf('\r\n\r\n', at);
    const found = /^HTTP\/1\.[01] (\d{3}) [^\r\n]*\r\n/.exec(text.slice(at, at + 300));
    if (headEnd < 0 || found === null) throw new Error(`This is no HTTP reply: ${text.slice(at, at + 200)}`);
    const head = text.slice(at, headEnd);
    const status = Number(found[1]);
    at = headEnd + 4;
    if (status < 200) continue;
    const isBodiless = status === 204 || status === 304 || methods[replies.length] === 'HEAD';
    const body = isBodiless ? { text: '', end: at } : readFramed(text, at, head);
    replies.push({ status, head, body: body.text });
    at = body.end;
  }
  return replies;
}

function readFramed(text: string, start: number, head: string): { text: string; end: number } {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = start + Number(length);
    if (end > text.length) throw new Error(`The body is shorter than its Content-Length ${length}`);
    return { text: text.slice(start, end), end };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { text: text.slice(start), end: text.length };
  let body = '';
  for (let at = start; ;) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (lineEnd < 0 || Number.isNaN(size)) throw new Error('A chunk has no size');
    at = lineEnd + 2;
    if (size === 0) return { text: body, end: at + 2 };
    body += text.slice(at, at + size);
    at += size + 2;
  }
}
