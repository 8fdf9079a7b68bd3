import { hash } from 'node:crypto';
import { type RedisClock } from '@mock-server/cache';
import { type CatalogMock } from '@mock-server/engine';
import { type SubEvent } from './exchange';
import { packExchange } from './exchange-codec';
import { type LoggedExchange } from './exchange-log';
import { type Journal } from './journal';
import { type JournalStream, type ShippedEntry } from './journal-stream';
import { OutboxLane } from './outbox-lane';
import { type OrderMark } from './shared-order';

const maxShippedKeys = 100_000;
/** Between one part of what an outage left and the next: it takes a small share of a core, here and of Redis. Who asks has it at once. */
const restMs = 10;
/** So much of a replica's id goes with each exchange: enough to tell it from the others. */
const markLength = 8;

/** Ships what this replica answered to the journal that replicas share, in an era of it. */
export class JournalOutbox {
  private unsharedOfGone = 0;
  private readonly lanes = new Map<string, OutboxLane>();
  /** Workspaces that wait until those before them have caught up. */
  private readonly behind = new Set<string>();
  private isCatchingUp = false;
  private readonly by: string;
  private readonly mockKeys = new WeakMap<CatalogMock, string>();

  constructor(
    private readonly journal: Journal,
    private readonly stream: JournalStream,
    private readonly era: {
      readonly id: string;
      readonly replica: string;
      readonly onFailure: (error: unknown) => void;
      readonly clock: Pick<RedisClock, 'timeOf'>;
    },
  ) {
    this.by = era.replica.slice(0, markLength);
  }

  /** Exchanges that were dropped here before they could be shipped; counted, but not shown. */
  get unshared(): number {
    let missed = this.unsharedOfGone;
    for (const lane of this.lanes.values()) missed += lane.missed;
    return missed;
  }

  /** On its way to Redis when this returns, unless very many are, or some were left before. */
  send(workspaceId: string): void {
    const lane = this.laneOf(workspaceId);
    if (lane.isBehind) this.catchUp([workspaceId]);
    else lane.send();
  }

  /** Takes its time, one workspace after the other: all at once would keep hits waiting for half a second. */
  catchUp(workspaceIds: readonly string[]): void {
    for (const id of workspaceIds) this.behind.add(id);
    if (!this.isCatchingUp) void this.catchUpAll();
  }

  /** Resolves when everything that was there at the call is shipped. */
  flush(workspaceId: string): Promise<void> {
    return this.laneOf(workspaceId).flush();
  }

  /** Whether nothing came since the last flush. */
  isDone(workspaceId: string): boolean {
    return this.laneOf(workspaceId).isDone;
  }

  /** An exchange that is shipped already has one more thing beside it. */
  async shipSubEvent(workspaceId: string, sequence: number, event: SubEvent): Promise<void> {
    const lane = this.laneOf(workspaceId);
    await lane.flush();
    const of = lane.numberOf(sequence);
    if (of !== undefined) await this.stream.operate(this.era.id, workspaceId, { op: 'sub-event', of, event });
  }

  /** The workspace is gone, or the session: there may be many in the life of a process. */
  forget(workspaceId: string): void {
    this.unsharedOfGone += this.lanes.get(workspaceId)?.missed ?? 0;
    this.lanes.delete(workspaceId);
    this.behind.delete(workspaceId);
  }

  /** The journal of the workspace was emptied: what is here is not shipped any more. */
  skip(workspaceId: string): void {
    this.laneOf(workspaceId).skip();
  }

  private async catchUpAll(): Promise<void> {
    this.isCatchingUp = true;
    try {
      for (const id of this.behind) {
        this.behind.delete(id);
        const lane = this.laneOf(id);
        lane.judgeBacklog();
        while (lane.isBehind) {
          await lane.sendPart();
          if (lane.isBehind) await new Promise(resolve => setTimeout(resolve, restMs).unref());
        }
        await lane.flush();
      }
    } catch {
      this.behind.clear(); // who is told of the failure tries again with all
    } finally {
      this.isCatchingUp = false;
    }
  }

  private laneOf(workspaceId: string): OutboxLane {
    let lane = this.lanes.get(workspaceId);
    if (lane !== undefined) return lane;
    const { id, replica, onFailure } = this.era;
    /** Keys of mocks that are in Redis, for as long as this era. */
    const shipped = new Set<string>();
    lane = new OutboxLane(this.journal, workspaceId, {
      onFailure,
      ship: async ({ entries, after, missed }) => {
        const mocks = new Map<string, string>();
        const packed = entries.map((entry): ShippedEntry => {
          const { mock, source, receivedAt } = entry.exchange;
          const key = mock === undefined ? undefined : this.keyOf(mock);
          if (mock !== undefined && key !== undefined && !shipped.has(key) && !mocks.has(key))
            mocks.set(key, JSON.stringify(mock.stored));
          const { sequence } = entry;
          const text = packExchange(entry, { mockKey: key, mark: this.markOf(entry) });
          return { sequence, source, mockId: mock?.id, receivedAt, text };
        });
        const arrival = await this.stream.ship(id, workspaceId, { replica, after, entries: packed, mocks, ...missed });
        if (shipped.size > maxShippedKeys) shipped.clear();
        for (const key of mocks.keys()) shipped.add(key);
        return arrival;
      },
    });
    this.lanes.set(workspaceId, lane);
    return lane;
  }

  private markOf({ exchange }: LoggedExchange): OrderMark {
    const time = this.era.clock.timeOf(exchange.writtenAt);
    return { writtenAt: time === undefined ? undefined : Math.round(time * 1_000) / 1_000, by: this.by };
  }

  private keyOf(mock: CatalogMock): string {
    let key = this.mockKeys.get(mock);
    if (key === undefined) this.mockKeys.set(mock, (key = hash('sha1', `${mock.id} ${mock.stored.json}`, 'base64')));
    return key;
  }
}
