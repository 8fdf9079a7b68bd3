import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { type Call, type Outcome, type Reported } from './call';
import { type Delivery } from './deliver';
import { ReplyEncoding } from './reply-encoding';
import { Logbook } from './logbook';
import { requestOf } from './request-of';
import { Webhooks } from './webhooks';
import { writeLastReply, type WholeReply } from './write-reply';

interface ReplyToWrite {
  readonly reply: WholeReply;
  /** Undefined: at once and whole. */
  readonly delivery?: Delivery | undefined;
  /** Which of several responses it is. */
  readonly place?: number | undefined;
}

/** Writes replies and reports every fate once, to the journal and the metrics, before the client can know of it. */
@Injectable()
export class Reporter {
  constructor(
    private readonly logbook: Logbook,
    private readonly webhooks: Webhooks,
    private readonly encoding: ReplyEncoding,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  get maxBodyBytes(): number {
    return this.config.limits.maxBodyBytes;
  }

  get maxJournalBodyBytes(): number {
    return this.logbook.maxJournalBodyBytes;
  }

  /** A reply made for this call alone, at once and whole. */
  reply(call: Call, outcome: Omit<Outcome, 'reply'> & { readonly reply: WholeReply }): void {
    void this.deliver(call, outcome); // without a delivery it is written before this returns
  }

  /** The same, in the way that the mock says. */
  deliver(call: Call, { delivery, place, ...outcome }: Omit<Outcome, 'reply'> & ReplyToWrite): void | Promise<void> {
    const { reply } = outcome;
    const { status, headers, body } = reply;
    const fault = delivery?.kind === 'fault' ? delivery.fault : undefined;
    this.report(call, { ...outcome, reply: { status, headers, body: this.clip(body), ownsBody: true, place, fault } });
    return this.encoding.deliver(call, reply, { delivery, isShared: false });
  }

  /** A request that did not get as far as matching; ends the connection, for its body may be unread. */
  refuse(call: Call, reply: WholeReply): void {
    this.report(call, {
      request: requestOf(call),
      source: 'none',
      reply: { status: reply.status, headers: reply.headers, body: reply.body, ownsBody: true },
    });
    writeLastReply(call.incoming, call.outgoing, reply);
  }

  report(call: Call, outcome: Outcome): void {
    const { request, mock } = outcome;
    const sequence = this.log(call, outcome);
    if (mock !== undefined && mock.webhooks.length > 0) this.webhooks.fireAfterReply(call, { request, mock, sequence });
  }

  /** Written down alone: for what no mock answers and is less than a call, such as a WebSocket. Returns the journal's number. */
  log(call: Reported, outcome: Outcome): number {
    return this.logbook.write(call, outcome);
  }

  /** Whether the journal keeps such a body uncut. */
  keepsWhole(body: Uint8Array): boolean {
    return this.logbook.keepsWhole(body);
  }

  /** The part of a body that the journal keeps, on memory of its own. */
  clip(body: Uint8Array): Uint8Array {
    return this.logbook.clip(body);
  }
}
