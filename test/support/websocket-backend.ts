import { createHash } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';

/** Answers the wish for a WebSocket (RFC 6455, 4.2.2); `X-Path` says what was asked for. */
export function acceptUpgrade({ url, headers }: IncomingMessage, socket: Socket): void {
  const accept = createHash('sha1').update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64'); // prettier-ignore
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nX-Path: ${url}\r\n\r\n`); // prettier-ignore
}

/** Sends what it gets back, unmasked (RFC 6455, 5.2); gives the bytes of a frame that is not whole yet. */
export function echoFrames(socket: Socket, bytes: Buffer): Buffer {
  let at = 0;
  while (bytes.length - at >= 6) {
    const short = bytes[at + 1]! & 0x7f;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    const maskAt = at + 2 + extra;
    const length =
      extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    const end = maskAt + 4 + length;
    if (bytes.length < end) break;
    const payload = Buffer.from(bytes.subarray(maskAt + 4, end));
    for (let i = 0; i < length; i++) payload[i]! ^= bytes[maskAt + (i & 3)]!;
    const head = Buffer.from(bytes.subarray(at, maskAt));
    head[1]! &= 0x7f;
    socket.write(Buffer.concat([head, payload]));
    at = end;
  }
  return bytes.subarray(at);
}
