import { MockRequest } from '@mock-server/engine';
import { type Call } from './call';
import { problemReply } from './plain-problem';
import { readBody } from './read-body';
import { type Reporter } from './reporter';

const noBody = new Uint8Array(0);

/** The request without its body: all that matching needs for most requests. */
export function requestOf({ incoming, head }: Call): MockRequest {
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
  });
}

/** The request with its body; undefined when it was refused (and answered) or the client left. */
export async function readRequest(call: Call, head: MockRequest, reporter: Reporter): Promise<MockRequest | undefined> {
  const reading = await readBody(call.incoming, call.head.contentLength, reporter.maxBodyBytes);
  switch (reading.kind) {
    case 'read':
      return head.withBody(reading.body);
    case 'too-large':
      reporter.refuse(
        call,
        problemReply('payload-too-large', `The body is larger than ${reporter.maxBodyBytes} bytes (MAX_BODY_BYTES).`),
      );
      return undefined;
    case 'gone':
      return undefined;
    default:
      return reading satisfies never;
  }
}

/** IPv4 clients of a dual-stack socket show as `::ffff:127.0.0.1`. */
function clientIpOf(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
