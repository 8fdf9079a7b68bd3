import { type LoggedExchange, type ReadLimit } from './exchange-log';
import { type Journal } from './journal';
import { type Arrival } from './journal-stream';

/** Counts, and times of last hits, of exchanges that are not in the log any more. */
export interface MissedCounts {
  readonly counts: ReadonlyMap<string, number>;
  readonly times: ReadonlyMap<string, number>;
}

export interface Batch {
  readonly entries: readonly LoggedExchange[];
  /** The batch before, when it is still on its way: this one is refused if that one did not get there. 0: none is. */
  readonly after: number;
  readonly missed: MissedCounts;
}

interface Place {
  /** Number of the last exchange here. */
  readonly last: number;
  /** How many there had been by then. */
  readonly added: number;
}

interface LaneOptions {
  /** May be given the same entries again: then they are left out there. */
  readonly ship: (batch: Batch) => Promise<Arrival>;
  readonly onFailure: (error: unknown) => void;
}

const usual: ReadLimit = { entries: 200 };
/** What an outage left goes in parts. To pack one takes half a millisecond, and Redis a quarter for it. */
const part = { entries: 16, most: 500, bytes: 131_072 };
/** As come in one turn of the event loop. */
const fewEntries = 16;
/** With more on their way exchanges wait and go together. */
const maxUnderWay = 256;
const numbersRemembered = 2_000;
/** Of more than that the oldest count as not arrived: so many are in doubt only where Redis has refused everything for minutes. */
const maxDoubtful = 20_000;
const none: MissedCounts = { counts: new Map(), times: new Map() };

/** The way of one workspace's exchanges to the stream: in order, several batches under way at a time, each exchange exactly once. */
export class OutboxLane {
  missed = 0;
  /** Whether there is more to send than came just now: in a new era, and after an outage. It goes by `sendPart` or `flush`. */
  isBehind = false;
  /** How many exchanges there had been when the last part went; undefined: it did not arrive, or there was none. */
  private addedAtPart: number | undefined;
  private confirmed: Place = { last: 0, added: 0 };
  private sent: Place = this.confirmed;
  private readonly underWay = new Set<Promise<void>>();
  private isBroken = false;
  /** Own number to number in the stream, the newest: for what happens beside an exchange later. */
  private readonly numbers = new Map<number, number>();
  private readonly counted = new Map<string, number>();
  /** Own numbers of exchanges that were sent and may have arrived, with what they count as. */
  private readonly doubtful = new Map<number, readonly string[]>();

  constructor(
    private readonly journal: Journal,
    private readonly workspaceId: string,
    private readonly options: LaneOptions,
  ) {
    this.judgeBacklog();
  }

  get isDone(): boolean {
    return this.confirmed.added === this.mark.added;
  }

  numberOf(sequence: number): number | undefined {
    return this.numbers.get(sequence);
  }

  /** To be called when nothing may have been sent for a while: what is left goes in parts if it is much. */
  judgeBacklog(): void {
    if (this.isBehind || this.journal.countAfter(this.workspaceId, this.sent.last) <= fewEntries) return;
    this.isBehind = true;
    this.addedAtPart = undefined;
  }

  /** Nothing while it is behind: what came just now goes after what was left. */
  send(): void {
    while (!this.isBehind && !this.isBroken && this.underWay.size < maxUnderWay && this.sendBatch(usual));
  }

  async flush(): Promise<void> {
    const target = this.mark.added;
    while (this.confirmed.added < target) {
      if (this.isBehind) this.beginPart();
      else this.send();
      if (this.underWay.size === 0) return; // there is nothing to send: the log was emptied
      await Promise.all(this.underWay);
    }
  }

  /** Resolves when it has arrived: a piece of what was left. */
  async sendPart(): Promise<void> {
    this.beginPart();
    await Promise.all(this.underWay);
  }

  skip(): void {
    const { last, added } = this.mark;
    this.confirmed = this.sent = { last, added };
    this.counted.clear();
    this.doubtful.clear();
    this.numbers.clear();
  }

  private get mark(): Place {
    return this.journal.mark(this.workspaceId);
  }

  private beginPart(): void {
    if (this.isBroken || this.underWay.size > 0) return;
    const { added } = this.mark;
    // Twice as many as came since the last part, or it would never end where many come.
    const atLeast = Math.min(part.most, 2 * (added - (this.addedAtPart ?? added)) + 1);
    this.addedAtPart = added;
    this.sendBatch({ atLeast, entries: atLeast + part.entries, bytes: part.bytes });
  }

  /** False: everything is under way. */
  private sendBatch(limit: ReadLimit): boolean {
    const entries = this.journal.logged(this.workspaceId, this.sent.last, limit);
    const { added } = this.mark;
    const isWhole = entries.length === this.journal.countAfter(this.workspaceId, this.sent.last);
    if (isWhole) this.isBehind = false;
    const missing = isWhole ? Math.max(0, added - this.sent.added - entries.length) : 0;
    if (entries.length === 0 && missing === 0) return false;
    if (missing > 0 && this.underWay.size > 0) return false; // what is missing shows when those are counted
    const first = entries[0]?.sequence ?? Number.POSITIVE_INFINITY;
    // Before anything later arrives: the last number there tells then which of those arrived.
    if (this.underWay.size === 0 && this.hasDoubtBefore(first)) return this.settleDoubts(first);
    const missed = missing > 0 ? this.missedCounts(entries) : none;
    const after = this.underWay.size > 0 ? this.sent.last : 0;
    const place = {
      last: entries.at(-1)?.sequence ?? this.sent.last,
      added: this.sent.added + entries.length + missing,
    };
    this.sent = place;
    const running = this.options.ship({ entries, after, missed }).then(({ numbers }) => {
      if (this.confirmed.added < place.added) this.confirmed = place;
      this.missed += missing;
      this.remember(entries, { numbers, missed });
    });
    this.follow(running, entries);
    return true;
  }

  private follow(running: Promise<void>, entries: readonly LoggedExchange[]): void {
    this.underWay.add(running);
    running.then(
      () => this.arrived(running),
      (error: unknown) => {
        this.doubt(entries);
        this.failed(running, error);
      },
    );
  }

  private doubt(entries: readonly LoggedExchange[]): void {
    for (const entry of entries) this.doubtful.set(entry.sequence, namesOf(entry));
    forgetOldest(this.doubtful, maxDoubtful);
  }

  private hasDoubtBefore(first: number): boolean {
    for (const sequence of this.doubtful.keys()) if (sequence < first) return true;
    return false;
  }

  /** Asks how much has arrived: what did, and is not here any more, is not missing. */
  private settleDoubts(first: number): boolean {
    const running = this.options.ship({ entries: [], after: 0, missed: none }).then(({ before }) => {
      for (const [sequence, names] of this.doubtful) {
        if (sequence >= first) continue;
        if (sequence <= before) for (const name of names) this.count(name, 1);
        this.doubtful.delete(sequence);
      }
    });
    this.follow(running, []);
    return false;
  }

  private arrived(running: Promise<void>): void {
    this.underWay.delete(running);
    if (this.isBroken) this.mend();
    else this.send();
  }

  private failed(running: Promise<void>, error: unknown): void {
    this.underWay.delete(running);
    this.isBroken = true;
    this.mend();
    if (!this.isBroken) this.options.onFailure(error);
  }

  /** What is not known to have arrived is sent again, when nothing is under way any more. */
  private mend(): void {
    if (this.underWay.size > 0) return;
    this.isBroken = false;
    this.isBehind = true;
    this.addedAtPart = undefined;
    this.sent = this.confirmed;
  }

  private remember(
    entries: readonly LoggedExchange[],
    { numbers, missed }: { readonly numbers: readonly number[]; readonly missed: MissedCounts },
  ): void {
    for (const [i, entry] of entries.entries()) {
      const { sequence } = entry;
      for (const name of namesOf(entry)) this.count(name, 1);
      this.doubtful.delete(sequence);
      if (numbers[i]! > 0) this.numbers.set(sequence, numbers[i]!);
    }
    for (const [name, by] of missed.counts) this.count(name, by);
    forgetOldest(this.numbers, numbersRemembered);
  }

  private count(name: string, by: number): void {
    this.counted.set(name, (this.counted.get(name) ?? 0) + by);
  }

  /** What the journal dropped before it was shipped shows in its counts alone. */
  private missedCounts(entries: readonly LoggedExchange[]): MissedCounts {
    const hits = this.journal.hits(this.workspaceId);
    const shipped = new Map(this.counted);
    for (const entry of entries) for (const name of namesOf(entry)) shipped.set(name, (shipped.get(name) ?? 0) + 1);
    const counts = new Map<string, number>();
    const times = new Map<string, number>();
    const compare = (name: string, count: number): boolean => {
      const missing = count - (shipped.get(name) ?? 0);
      if (missing > 0) counts.set(name, missing);
      return missing > 0;
    };
    for (const { id, count, lastAt } of hits.mostHit()) if (compare(`m:${id}`, count)) times.set(`t:${id}`, lastAt);
    for (const [source, count] of Object.entries(hits.bySource)) compare(`s:${source}`, count);
    return { counts, times };
  }
}

function forgetOldest(of: Map<number, unknown>, most: number): void {
  for (const oldest of of.keys()) {
    if (of.size <= most) return;
    of.delete(oldest);
  }
}

/** Under which names an exchange is counted. */
function namesOf({ exchange: { source, mock } }: LoggedExchange): string[] {
  return mock === undefined ? [`s:${source}`] : [`s:${source}`, `m:${mock.id}`];
}
