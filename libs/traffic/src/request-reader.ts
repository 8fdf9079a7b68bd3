import { Injectable } from '@nestjs/common';
import { type MockRequest } from '@mock-server/engine';
import { type Call } from './call';
import { LoadShedding } from './load-shedding';
import { problemReply } from './plain-problem';
import { Reporter } from './reporter';
import { type BodyReading } from './traffic-request';

/** Reads the bodies that matching looks at; they stay in memory until the reply is sent. */
@Injectable()
export class RequestReader {
  constructor(
    private readonly shedding: LoadShedding,
    private readonly reporter: Reporter,
  ) {}

  /** The request with its body; undefined when it was refused (and answered) or the client left. */
  async read(call: Call, request: MockRequest): Promise<MockRequest | undefined> {
    const { incoming, outgoing, head } = call;
    const { maxBodyBytes } = this.reporter;
    const declared = head.contentLength;
    if (declared !== undefined && declared <= maxBodyBytes && !this.shedding.hasRoom(declared, outgoing)) {
      this.shedding.turnAway(incoming, outgoing, head);
      return undefined;
    }
    const reading = await readBody(call, maxBodyBytes);
    switch (reading.kind) {
      case 'read':
        if (declared === undefined && !this.shedding.hasRoom(reading.body.length, outgoing)) break;
        return request.withBody(reading.body);
      case 'too-large':
        this.reporter.refuse(
          call,
          problemReply('payload-too-large', `The body is larger than ${maxBodyBytes} bytes (MAX_BODY_BYTES).`),
        );
        return undefined;
      case 'gone':
        return undefined;
      default:
        return reading satisfies never;
    }
    this.shedding.turnAway(incoming, outgoing, head);
    return undefined;
  }
}

function readBody({ incoming, head }: Call, maxBytes: number): Promise<BodyReading> {
  if ((head.contentLength ?? 0) > maxBytes) return Promise.resolve({ kind: 'too-large' });
  return new Promise(resolve => incoming.takeBody(maxBytes, resolve));
}
