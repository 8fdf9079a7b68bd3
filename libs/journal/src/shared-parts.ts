import { type MockRequest } from '@mock-server/engine';
import { type SentReply } from './exchange';

/** What tells one connection from another. */
export type Origin = Pick<MockRequest, 'method' | 'clientIp' | 'localHost' | 'localPort' | 'httpVersion' | 'scheme'>;

/** A reply that one exchange has for itself, without its bytes. */
export type ReplyFacts = Omit<SentReply, 'headers' | 'body' | 'ownsBody'>;

/** The parts of an exchange that those before it mostly have too: one object for all alike that follow each other. */
export class SharedParts {
  private lastOrigin: Origin | undefined;
  private lastFacts: ReplyFacts | undefined;

  originOf({ method, clientIp, localHost, localPort, httpVersion, scheme }: MockRequest): Origin {
    const last = this.lastOrigin;
    if (
      last?.method === method &&
      last.clientIp === clientIp &&
      last.localHost === localHost &&
      last.localPort === localPort &&
      last.httpVersion === httpVersion &&
      last.scheme === scheme
    ) {
      return last;
    }
    return (this.lastOrigin = { method, clientIp, localHost, localPort, httpVersion, scheme });
  }

  factsOf({ status, place, fault, isCut }: SentReply): ReplyFacts {
    const last = this.lastFacts;
    if (last?.status === status && last.place === place && last.fault === fault && last.isCut === isCut) return last;
    return (this.lastFacts = { status, place, fault, ...(isCut === undefined ? {} : { isCut }) });
  }
}
