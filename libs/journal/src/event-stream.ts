import { type ServerResponse } from 'node:http';
import { viewBriefExchange, viewFullExchange } from './exchange-view';
import { type JournalEntry } from './journal-entry';
import { type Watcher } from './journal-watch';

export interface StreamWish {
  readonly matches: (entry: JournalEntry) => boolean;
  readonly view: 'brief' | 'full';
}

/** A client that lags by more than this gets a marked gap instead of a growing buffer here. */
const maxBufferedBytes = 262_144;
/** More than anybody reads; beyond it, views would cost more than the requests they show. */
const maxEventsPerSecond = 1_000;

/** One client's live view of the journal, as server-sent events (WHATWG HTML, 9.2). */
export class EventStream implements Watcher {
  private skipped = 0;
  private tokens = maxEventsPerSecond;
  private refilledAt = performance.now();

  constructor(
    private readonly outgoing: ServerResponse,
    private readonly wish: StreamWish,
    private readonly onSkipped: (count: number) => void,
  ) {
    outgoing.on('drain', () => this.tellGap());
  }

  onEntries(entries: readonly JournalEntry[], missed: number): void {
    if (missed > 0) this.skip(missed);
    for (const entry of entries) if (this.wants(entry)) this.offer(entry);
  }

  wants(entry: JournalEntry): boolean {
    return this.wish.matches(entry);
  }

  /** The connection stays open, and a gap does not wait for the next exchange. */
  keepAlive(): void {
    if (this.outgoing.writableNeedDrain) return;
    this.tellGap();
    this.outgoing.write(': still here\n\n');
  }

  /** What came before this client did cannot be shown whole. Undefined: nobody knows how much. */
  skip(count: number | undefined): void {
    if (count === undefined) return this.write('gap', { skipped: null });
    this.skipped += count;
    this.onSkipped(count);
  }

  private offer(entry: JournalEntry): void {
    if (this.outgoing.writableLength > maxBufferedBytes || !this.takeToken()) return this.skip(1);
    this.tellGap();
    const shown = this.wish.view === 'full' ? viewFullExchange(entry) : viewBriefExchange(entry);
    this.write('exchange', shown, entry.id);
  }

  private tellGap(): void {
    if (this.skipped === 0 || this.outgoing.writableLength > maxBufferedBytes) return;
    const { skipped } = this;
    this.skipped = 0;
    this.write('gap', { skipped });
  }

  private write(event: string, data: object, id?: string): void {
    this.outgoing.write(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
  }

  private takeToken(): boolean {
    const now = performance.now();
    this.tokens = Math.min(maxEventsPerSecond, this.tokens + ((now - this.refilledAt) * maxEventsPerSecond) / 1_000);
    this.refilledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
