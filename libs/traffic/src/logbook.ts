import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Journal, SharedJournal } from '@mock-server/journal';
import { TrafficMetrics } from '@mock-server/metrics';
import { type Outcome, type Reported } from './call';
import { replyBatch } from './reply-batch';
import { Traces } from './traces';

/** Where every fate of a request is written down, once: the journal, the metrics and, where they are on, the traces. */
@Injectable()
export class Logbook implements OnApplicationShutdown {
  private readonly leaveBatch: () => void;

  constructor(
    private readonly journal: Journal,
    private readonly metrics: TrafficMetrics,
    private readonly traces: Traces,
    shared: SharedJournal,
  ) {
    this.leaveBatch = replyBatch.before(() => shared.sendDue());
  }

  onApplicationShutdown(): void {
    this.leaveBatch();
  }

  get maxJournalBodyBytes(): number {
    return this.journal.maxBodyBytes;
  }

  /** Returns the journal's number. */
  write(call: Reported, outcome: Outcome): number {
    const { request, source, mock, reply, delayMs = 0, note } = outcome;
    const writtenAt = performance.now();
    const tookMs = writtenAt - call.startedAt;
    const sequence = this.journal.add({
      workspaceId: call.workspace.id,
      request: this.keepsWhole(request.body) ? request : request.withBody(this.clip(request.body)),
      receivedAt: call.receivedAt,
      writtenAt,
      source,
      mock,
      reply,
      delayMs,
      tookMs,
      note: note ?? (call.outgoing?.destroyed === true ? 'client gone' : undefined),
    });
    this.metrics.observe(source, request.method, reply.status, tookMs / 1_000);
    if (this.traces.areOn) this.traces.add(call, outcome, tookMs);
    return sequence;
  }

  /** Whether the journal keeps such a body uncut. */
  keepsWhole(body: Uint8Array): boolean {
    return body.length <= this.journal.maxBodyBytes;
  }

  /** The part of a body that the journal keeps, on memory of its own. */
  clip(body: Uint8Array): Uint8Array {
    return this.keepsWhole(body) ? body : body.slice(0, this.journal.maxBodyBytes);
  }
}
