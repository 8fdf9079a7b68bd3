import { type MockRequest } from '@mock-server/engine';
import { type Call } from './call';
import { problemReply } from './plain-problem';
import { readBody } from './read-body';
import { type Reporter } from './reporter';

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
