import { Injectable } from '@nestjs/common';
import { type Call } from './call';
import { EventStreams } from './event-streams';
import { type Hit } from './hit';
import { ProxiedReplies } from './proxied-replies';
import { TemplatedReplies } from './templated-replies';

/** Replies that are made for each request: by a backend, event by event, or from templates. */
@Injectable()
export class MadeReplies {
  constructor(
    private readonly proxied: ProxiedReplies,
    private readonly streams: EventStreams,
    private readonly templated: TemplatedReplies,
  ) {}

  makes({ reply, delivery }: Hit): boolean {
    const isStream = reply.plan?.events !== undefined && delivery?.kind !== 'fault';
    return reply.proxy !== undefined || reply.template !== undefined || isStream;
  }

  send(call: Call, hit: Hit): void | Promise<void> {
    const { reply, delivery } = hit;
    if (reply.proxy !== undefined) return this.proxied.send(call, { ...hit, proxy: reply.proxy });
    const events = delivery?.kind === 'fault' ? undefined : reply.plan?.events;
    return events === undefined ? this.templated.send(call, hit) : this.streams.send(call, hit, events);
  }
}
