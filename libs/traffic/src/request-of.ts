import { type IncomingMessage } from 'node:http';
import { MockRequest } from '@mock-server/engine';
import { type RequestHead } from './request-head';

const noBody = new Uint8Array(0);

/** The request without its body: all that matching needs for most requests. */
export function requestOf({
  incoming,
  head,
}: {
  readonly incoming: IncomingMessage;
  readonly head: RequestHead;
}): MockRequest {
  const { socket } = incoming;
  return new MockRequest({
    method: incoming.method ?? 'GET',
    url: head.url,
    rawHeaders: head.rawHeaders,
    body: noBody,
    scheme: 'http',
    clientIp: clientIpOf(socket.remoteAddress),
    localHost: socket.localAddress ?? 'localhost',
    localPort: socket.localPort ?? 80,
    httpVersion: incoming.httpVersion,
    receivedAt: Date.now(),
  });
}

/** IPv4 clients of a dual-stack socket show as `::ffff:127.0.0.1`. */
function clientIpOf(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
