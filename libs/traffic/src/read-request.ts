import { type MockRequest } from '@mock-server/engine';
import { type Call } from './call';
import { problemReply } from './plain-problem';
import { type Reporter } from './reporter';
import { type BodyReading } from './traffic-request';

/** The request with its body; undefined when it was refused (and answered) or the client left. */
export async function readRequest(call: Call, head: MockRequest, reporter: Reporter): Promise<MockRequest | undefined> {
  const reading = await readBody(call, reporter.maxBodyBytes);
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

function readBody({ incoming, head }: Call, maxBytes: number): Promise<BodyReading> {
  if ((head.contentLength ?? 0) > maxBytes) return Promise.resolve({ kind: 'too-large' });
  return new Promise(resolve => incoming.takeBody(maxBytes, resolve));
}
