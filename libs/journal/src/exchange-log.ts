import { MockRequest, type CatalogMock } from '@mock-server/engine';
import { ByteBlocks } from './byte-blocks';
import { type Exchange, type SentReply, type Source, type SubEvent } from './exchange';
import { headText, headTextFrom, partsOfHead } from './head-text';
import { type Origin, type ReplyFacts, SharedParts } from './shared-parts';

export interface LoggedExchange {
  readonly sequence: number;
  readonly exchange: Exchange;
  readonly subEvents: readonly SubEvent[];
}

/** How much is read at one go. */
export interface ReadLimit {
  readonly entries: number;
  /** Bytes with which an entry is the last one; no limit if not given. */
  readonly bytes?: number;
  /** So many however large they are. */
  readonly atLeast?: number;
}

const noSubEvents: readonly SubEvent[] = [];
const maxSubEvents = 100;
const sources: readonly Source[] = ['mock', 'proxy', 'ai', 'none'];
const firstSlots = 64;
const usualBlockBytes = 65_536;
/** What the columns of one entry take. */
const slotBytes = 104;

/**
 * The newest exchanges of one workspace, at most so many, in columns. The text and body of a request, and of a reply made for it,
 * are copied into blocks outside the JavaScript heap: at 70,000 requests a second, objects that live for 10,000 requests would keep the garbage collector busier
 * than the requests themselves. Adding makes no objects; an exchange becomes objects again when somebody looks.
 */
export class ExchangeLog {
  private slots = 0;
  private start = 0;
  private count = 0;
  private totalBytes = 0;
  private addedCount = 0;
  private lastWrittenAt = 0;
  /** Whether some came after others that they go before. Never so in what one replica answered. */
  private isMixed = false;
  private numbers = new Float64Array(0);
  private blocks: (Buffer<ArrayBuffer> | undefined)[] = [];
  private mocks: (CatalogMock | undefined)[] = [];
  /** Those of a mock, that its exchanges share, or what there is besides the bytes of one that an exchange has for itself. */
  private replies: (SentReply | ReplyFacts | undefined)[] = [];
  private notes: (string | undefined)[] = [];
  private origins: (Origin | undefined)[] = [];
  /** By sequence number. Few exchanges have any. */
  private readonly subEvents = new Map<number, SubEvent[]>();
  private readonly parts = new SharedParts();
  private readonly written: ByteBlocks;

  constructor(
    private readonly capacity: number,
    { blockBytes = usualBlockBytes }: { readonly blockBytes?: number } = {},
  ) {
    this.written = new ByteBlocks(blockBytes);
  }

  get size(): number {
    return this.count;
  }

  /** Bytes that the entries take. */
  get bytes(): number {
    return this.totalBytes;
  }

  /** How many exchanges were ever added, kept or not. */
  get added(): number {
    return this.addedCount;
  }

  /** The sequence number of the newest entry; 0 when there is none. */
  get last(): number {
    return this.count === 0 ? 0 : this.sequenceAt(this.count - 1);
  }

  /** Sequence numbers must rise from call to call. */
  add(sequence: number, exchange: Exchange): void {
    this.addedCount++;
    if (this.capacity > 0) this.keep(sequence, exchange);
  }

  private keep(sequence: number, exchange: Exchange): void {
    if (this.count === this.capacity) this.dropOldest();
    else if (this.count === this.slots) this.grow();
    const slot = (this.start + this.count) % this.slots;
    const { request, reply } = exchange;
    const text = headTextFrom(request.url, request.rawHeaders);
    const replyText = reply.ownsBody ? headText(reply.headers) : '';
    const replyBody = reply.ownsBody ? reply.body : noBytes;
    const length = text.length + request.body.length + replyText.length + replyBody.length;
    const offset = this.written.reserve(length);
    this.written.write(offset, text, request.body);
    if (reply.ownsBody) this.written.write(offset + text.length + request.body.length, replyText, replyBody);
    const bytes = slotBytes + length;
    this.blocks[slot] = this.written.block;
    this.mocks[slot] = exchange.mock;
    this.replies[slot] = reply.ownsBody ? this.parts.factsOf(reply) : reply;
    this.notes[slot] = exchange.note;
    this.origins[slot] = this.parts.originOf(request);
    const at = slot * column.count;
    this.numbers[at + column.sequence] = sequence;
    this.numbers[at + column.bytes] = bytes;
    this.numbers[at + column.offset] = offset;
    this.numbers[at + column.headLength] = text.length;
    this.numbers[at + column.bodyLength] = request.body.length;
    this.numbers[at + column.replyHeadLength] = replyText.length;
    this.numbers[at + column.replyBodyLength] = replyBody.length;
    this.numbers[at + column.receivedAt] = exchange.receivedAt;
    this.numbers[at + column.tookMs] = exchange.tookMs;
    this.numbers[at + column.delayMs] = exchange.delayMs;
    this.numbers[at + column.source] = sources.indexOf(exchange.source);
    this.numbers[at + column.writtenAt] = exchange.writtenAt;
    if (exchange.writtenAt < this.lastWrittenAt) this.isMixed = true;
    else this.lastWrittenAt = exchange.writtenAt;
    this.count++;
    this.totalBytes += bytes;
  }

  dropOldest(): void {
    if (this.count === 0) return;
    const block = this.blocks[this.start];
    this.totalBytes -= this.numbers[this.start * column.count + column.bytes]!;
    if (this.subEvents.size > 0) this.subEvents.delete(this.numbers[this.start * column.count + column.sequence]!);
    this.forget(this.start);
    this.start = (this.start + 1) % this.slots;
    this.count--;
    // The first entry of the next block is the oldest now: the block before it can be written again.
    if (block !== undefined && block !== this.blocks[this.start]) this.written.release(block);
  }

  get(workspaceId: string, sequence: number): LoggedExchange | undefined {
    const place = this.placeFrom(sequence);
    return place < this.count && this.sequenceAt(place) === sequence ? this.read(workspaceId, place) : undefined;
  }

  /** Those after a sequence number, oldest first. */
  after(workspaceId: string, sequence: number, limit: ReadLimit): LoggedExchange[] {
    const { entries, bytes = Number.POSITIVE_INFINITY, atLeast = 1 } = limit;
    const found: LoggedExchange[] = [];
    const start = this.placeFrom(sequence + 1);
    const end = Math.min(this.count, start + entries);
    let read = 0;
    for (let place = start; place < end && (read < bytes || found.length < atLeast); place++) {
      const logged = this.read(workspaceId, place);
      found.push(logged);
      read += logged.exchange.request.body.length + logged.exchange.reply.body.length;
    }
    return found;
  }

  /** How many there are after a sequence number. */
  countAfter(sequence: number): number {
    return this.count - this.placeFrom(sequence + 1);
  }

  /** False when the exchange is gone, or has enough of them. */
  addSubEvent(sequence: number, event: SubEvent): boolean {
    const place = this.placeFrom(sequence);
    const events = this.subEvents.get(sequence) ?? [];
    if (place >= this.count || this.sequenceAt(place) !== sequence || events.length >= maxSubEvents) return false;
    this.subEvents.set(sequence, [...events, event]);
    const bytes = 100 + JSON.stringify(event.data).length;
    this.numbers[this.slotOf(place) * column.count + column.bytes]! += bytes;
    this.totalBytes += bytes;
    return true;
  }

  /** By the times that decide; see {@link Exchange.writtenAt}. */
  *newestFirst(workspaceId: string): IterableIterator<LoggedExchange> {
    if (!this.isMixed) {
      yield* this.lastAddedFirst(workspaceId);
      return;
    }
    const order = this.inOrder();
    for (let i = order.length - 1; i >= 0; i--) {
      const logged = this.get(workspaceId, order[i]!);
      if (logged !== undefined) yield logged;
    }
  }

  /** As they were added, the last one first. */
  *lastAddedFirst(workspaceId: string): IterableIterator<LoggedExchange> {
    for (let i = this.count - 1; i >= 0; i--) yield this.read(workspaceId, i);
  }

  /** Sequence numbers, oldest first: by the same times, and as they were added where these are equal. */
  inOrder(): readonly number[] {
    const numbers = Array.from({ length: this.count }, (_, place) => this.sequenceAt(place));
    if (!this.isMixed) return numbers;
    const times = numbers.map((_, place) => this.numbers[this.slotOf(place) * column.count + column.writtenAt]!);
    return numbers
      .map((_, place) => place)
      .sort((a, b) => times[a]! - times[b]!)
      .map(place => numbers[place]!);
  }

  /** Takes out what fits; returns it, oldest first. */
  remove(workspaceId: string, fits: (logged: LoggedExchange) => boolean): LoggedExchange[] {
    const removed: LoggedExchange[] = [];
    const kept: LoggedExchange[] = [];
    for (let i = 0; i < this.count; i++) {
      const logged = this.read(workspaceId, i);
      (fits(logged) ? removed : kept).push(logged);
    }
    if (removed.length === 0) return removed;
    this.clear();
    for (const { sequence, exchange, subEvents } of kept) {
      this.keep(sequence, exchange);
      for (const event of subEvents) this.addSubEvent(sequence, event);
    }
    return removed;
  }

  clear(): void {
    this.slots = 0;
    this.start = 0;
    this.count = 0;
    this.totalBytes = 0;
    this.lastWrittenAt = 0;
    this.isMixed = false;
    this.numbers = new Float64Array(0);
    this.blocks = [];
    this.mocks = [];
    this.replies = [];
    this.notes = [];
    this.origins = [];
    this.subEvents.clear();
    this.written.clear();
  }

  /** The place of the first entry with this number or a higher one. They rise, so this is a binary search. */
  private placeFrom(sequence: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sequenceAt(middle) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private sequenceAt(place: number): number {
    return this.numbers[this.slotOf(place) * column.count + column.sequence]!;
  }

  private read(workspaceId: string, place: number): LoggedExchange {
    const slot = this.slotOf(place);
    const at = slot * column.count;
    const number = (name: Exclude<keyof typeof column, 'count'>): number => this.numbers[at + column[name]]!;
    const block = this.blocks[slot]!;
    // Copies: the block may be written again while somebody still looks.
    const text = (from: number, length: number): string => block.toString('latin1', from, from + length);
    const bytes = (from: number, length: number): Uint8Array => new Uint8Array(block.subarray(from, from + length));
    const bodyStart = number('offset') + number('headLength');
    const replyStart = bodyStart + number('bodyLength');
    const reply = this.replies[slot]!;
    return {
      sequence: number('sequence'),
      exchange: {
        workspaceId,
        request: requestOf(this.origins[slot]!, {
          head: text(number('offset'), number('headLength')),
          body: bytes(bodyStart, number('bodyLength')),
          receivedAt: number('receivedAt'),
        }),
        receivedAt: number('receivedAt'),
        writtenAt: number('writtenAt'),
        source: sources[number('source')]!,
        mock: this.mocks[slot],
        reply: isWhole(reply)
          ? reply
          : {
              ...reply,
              headers: partsOfHead(text(replyStart, number('replyHeadLength'))),
              body: bytes(replyStart + number('replyHeadLength'), number('replyBodyLength')),
              ownsBody: true,
            },
        delayMs: number('delayMs'),
        tookMs: number('tookMs'),
        note: this.notes[slot],
      },
      subEvents: this.subEvents.get(number('sequence')) ?? noSubEvents,
    };
  }

  private forget(slot: number): void {
    this.blocks[slot] = undefined;
    this.mocks[slot] = undefined;
    this.replies[slot] = undefined;
    this.notes[slot] = undefined;
    this.origins[slot] = undefined;
  }

  private slotOf(place: number): number {
    return (this.start + place) % this.slots;
  }

  private grow(): void {
    const slots = Math.min(this.capacity, Math.max(firstSlots, this.slots * 2));
    const order = Array.from({ length: this.count }, (_, i) => this.slotOf(i));
    const numbers = new Float64Array(slots * column.count);
    for (const [i, slot] of order.entries()) {
      numbers.set(this.numbers.subarray(slot * column.count, (slot + 1) * column.count), i * column.count);
    }
    const moved = <V>(values: readonly V[]): (V | undefined)[] => {
      const all = new Array<V | undefined>(slots).fill(undefined);
      for (const [i, slot] of order.entries()) all[i] = values[slot];
      return all;
    };
    this.numbers = numbers;
    this.blocks = moved(this.blocks);
    this.mocks = moved(this.mocks);
    this.replies = moved(this.replies);
    this.notes = moved(this.notes);
    this.origins = moved(this.origins);
    this.start = 0;
    this.slots = slots;
  }
}

const column = {
  sequence: 0,
  bytes: 1,
  offset: 2,
  headLength: 3,
  bodyLength: 4,
  replyHeadLength: 5,
  replyBodyLength: 6,
  receivedAt: 7,
  tookMs: 8,
  delayMs: 9,
  source: 10,
  writtenAt: 11,
  count: 12,
} as const;

const noBytes = new Uint8Array(0);

function isWhole(reply: SentReply | ReplyFacts): reply is SentReply {
  return 'body' in reply;
}

function requestOf(
  origin: Origin,
  { head, body, receivedAt }: { readonly head: string; readonly body: Uint8Array; readonly receivedAt: number },
): MockRequest {
  const [url = '', ...rawHeaders] = partsOfHead(head);
  return new MockRequest({ ...origin, url, rawHeaders: rawHeaders.length === 1 ? [] : rawHeaders, body, receivedAt });
}
