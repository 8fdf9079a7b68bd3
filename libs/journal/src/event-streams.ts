import { type ServerResponse } from 'node:http';
import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { Problem } from '@mock-server/http';
import { MetricsRegistry } from '@mock-server/metrics';
import { EventStream, type StreamWish } from './event-stream';
import { type Journal } from './journal';

const maxStreams = 100;
const maxReplayed = 1_000;
const keepAliveMs = 15_000;

export interface Replay {
  /** The id of the last exchange that the client saw. */
  readonly after: string | undefined;
  /** How many of the newest to begin with. */
  readonly newest: number;
}

/** The journal of one workspace. */
export interface JournalPart {
  readonly journal: Journal;
  readonly workspaceId: string;
}

/** The open live views: a bounded number, which end with the server. */
@Injectable()
export class EventStreams implements OnModuleInit, BeforeApplicationShutdown {
  private readonly open = new Map<ServerResponse, EventStream>();
  private timer: NodeJS.Timeout | undefined;
  private skippedCount = 0;
  private isShuttingDown = false;

  constructor(private readonly registry: MetricsRegistry) {}

  onModuleInit(): void {
    this.registry.gauge('journal_streams', 'Live views of the journal that are open.', () => this.open.size);
    this.registry.counter(
      'journal_stream_skipped_total',
      'Exchanges left out of live views: the client was slow, or they came too fast.',
      () => this.skippedCount,
    );
  }

  beforeApplicationShutdown(): void {
    this.isShuttingDown = true;
    for (const outgoing of this.open.keys()) outgoing.end();
  }

  /** Call before anything is written: throws when there are too many. */
  refuseWhenFull(): void {
    if (this.isShuttingDown) throw new Problem('draining', { detail: 'The server is shutting down.' });
    if (this.open.size >= maxStreams)
      throw new Problem('too-many-requests', { detail: `${maxStreams} live views are open already; close one.` });
  }

  start(
    { journal, workspaceId }: JournalPart,
    outgoing: ServerResponse,
    { wish, replay }: { wish: StreamWish; replay: Replay },
  ): void {
    const stream = new EventStream(outgoing, wish, count => (this.skippedCount += count));
    outgoing.write('retry: 2000\n: connected\n\n');
    replayTo(stream, { journal, workspaceId }, replay);
    const stop = journal.onExchange(workspaceId, stream);
    this.open.set(outgoing, stream);
    this.timer ??= setInterval(() => {
      for (const one of this.open.values()) one.keepAlive();
    }, keepAliveMs);
    outgoing.once('close', () => {
      stop();
      this.open.delete(outgoing);
      if (this.open.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    });
  }
}

function replayTo(stream: EventStream, { journal, workspaceId }: JournalPart, { after, newest }: Replay): void {
  const last = after === undefined ? undefined : journal.get(workspaceId, after);
  if (after !== undefined && last === undefined) return stream.skip(undefined);
  const wanted = last === undefined ? newest : Number.POSITIVE_INFINITY;
  const entries = [];
  let more = 0;
  for (const entry of journal.lastAddedFirst(workspaceId)) {
    if (entry.sequence <= (last?.sequence ?? 0)) break;
    if (entries.length >= Math.min(wanted, maxReplayed)) {
      if (last === undefined) break;
      more++;
    } else if (last !== undefined || stream.wants(entry)) entries.push(entry);
  }
  stream.onEntries(entries.reverse(), more);
}
