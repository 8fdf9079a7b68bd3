import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { isSessionScope } from '@mock-server/workspaces';
import { type Exchange, type SubEvent } from './exchange';
import { ExchangeLog, type LoggedExchange, type ReadLimit } from './exchange-log';
import { hideHeaders } from './hide-headers';
import { HitCounts } from './hit-counts';
import { type JournalEntry } from './journal-entry';
import { JournalWatch, type JournalNews, type Watcher } from './journal-watch';

const sessionBlockBytes = 8_192;

/** Hears what is added to a journal. */
export interface JournalOutlet {
  added(workspaceId: string): void;
  hasSubEvent(workspaceId: string, sequence: number, event: SubEvent): void;
}

/** One workspace's part, or one session's. */
interface Ledger {
  readonly log: ExchangeLog;
  readonly hits: HitCounts;
}

/**
 * The newest exchanges of each workspace, in memory: bounded by count a workspace and by bytes in all. Adding is on the path of
 * every request, so ids are made from a number only when somebody looks.
 */
@Injectable()
export class Journal {
  private readonly ledgers = new Map<string, Ledger>();
  private readonly watch = new JournalWatch((workspaceId, after, limit) => this.news(workspaceId, after, limit));
  private idPrefix = uuidPrefix();
  private outlet: JournalOutlet | undefined;
  private lastSequence = 0;
  private bytes = 0;
  private droppedCount = 0;

  private readonly hidden: ReadonlySet<string> | undefined;

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'journal'>) {
    const { hiddenHeaders } = config.journal;
    this.hidden = hiddenHeaders && new Set(hiddenHeaders);
  }

  /** One that holds what others add, under the numbers and the ids that it has there. */
  static image(config: Pick<Config, 'journal'>, idPrefix: string): Journal {
    const journal = new Journal(config);
    journal.idPrefix = idPrefix;
    return journal;
  }

  /** Is told of everything from now on, on the path of every request. */
  onAdd(outlet: JournalOutlet): void {
    this.outlet = outlet;
  }

  /** How much of a body is kept. */
  get maxBodyBytes(): number {
    return this.config.journal.maxBodyBytes;
  }

  get totals(): { readonly entries: number; readonly bytes: number; readonly dropped: number } {
    let entries = 0;
    for (const { log } of this.ledgers.values()) entries += log.size;
    return { entries, bytes: this.bytes, dropped: this.droppedCount };
  }

  /** Returns the number by which sub-events find the exchange. */
  add(exchange: Exchange): number {
    const sequence = this.lastSequence + 1;
    this.place(sequence, this.hidden === undefined ? exchange : hideHeaders(exchange, this.hidden));
    this.outlet?.added(exchange.workspaceId);
    return sequence;
  }

  /** Under a number that is higher than all before it of its workspace. */
  place(sequence: number, exchange: Exchange): void {
    const { log, hits } = this.ledgerOf(exchange.workspaceId);
    const before = log.bytes;
    if (log.size === this.config.journal.maxEntries) this.droppedCount++;
    this.lastSequence = sequence;
    log.add(sequence, exchange);
    hits.add(exchange);
    this.bytes += log.bytes - before;
    this.makeRoom(log);
    if (this.watch.isOn) this.watch.wake();
  }

  /** Adds what happened beside an exchange; nothing happens when the journal does not hold it any more. */
  addSubEvent(workspaceId: string, sequence: number, event: SubEvent): void {
    const log = this.ledgers.get(workspaceId)?.log;
    if (log === undefined) return;
    const before = log.bytes;
    log.addSubEvent(sequence, event);
    this.bytes += log.bytes - before;
    this.makeRoom(log);
    this.outlet?.hasSubEvent(workspaceId, sequence, event);
  }

  /** Those that somebody watches. */
  watched(): string[] {
    return this.watch.workspaces();
  }

  /** Those that have a part here. */
  workspaces(): string[] {
    return [...this.ledgers.keys()];
  }

  /** Where a workspace's journal is: its last number, and how many exchanges there ever were. */
  mark(workspaceId: string): { readonly last: number; readonly added: number } {
    return { last: this.lastSequence, added: this.ledgers.get(workspaceId)?.log.added ?? 0 };
  }

  /** The number of a workspace's newest exchange; 0 when there is none. */
  lastOf(workspaceId: string): number {
    return this.ledgers.get(workspaceId)?.log.last ?? 0;
  }

  /** Those after a number, oldest first, without ids. */
  logged(workspaceId: string, sequence: number, limit: ReadLimit): LoggedExchange[] {
    return this.ledgers.get(workspaceId)?.log.after(workspaceId, sequence, limit) ?? [];
  }

  /** How many there are after a number. */
  countAfter(workspaceId: string, sequence: number): number {
    return this.ledgers.get(workspaceId)?.log.countAfter(sequence) ?? 0;
  }

  /** Tells of each exchange from now on, until the returned function is called. */
  onExchange(workspaceId: string, watcher: Watcher): () => void {
    return this.watch.add(workspaceId, watcher);
  }

  size(workspaceId: string): number {
    return this.ledgers.get(workspaceId)?.log.size ?? 0;
  }

  /** Exact counts since the workspace's journal was emptied. */
  hits(workspaceId: string): HitCounts {
    return this.ledgerOf(workspaceId).hits;
  }

  /** At most `limit` of the entries that came after a sequence number, as they came. */
  after(workspaceId: string, sequence: number, limit: number): JournalEntry[] {
    return this.logged(workspaceId, sequence, { entries: limit }).map(one => this.entryOf(one));
  }

  /** In the order in which they were answered, whenever they came here. */
  *newestFirst(workspaceId: string): IterableIterator<JournalEntry> {
    for (const logged of this.ledgers.get(workspaceId)?.log.newestFirst(workspaceId) ?? []) yield this.entryOf(logged);
  }

  /** In the order in which they came here, and in which watchers were told. */
  *lastAddedFirst(workspaceId: string): IterableIterator<JournalEntry> {
    for (const logged of this.ledgers.get(workspaceId)?.log.lastAddedFirst(workspaceId) ?? [])
      yield this.entryOf(logged);
  }

  /** Numbers of those that are here now, in the order in which they were answered. */
  inOrder(workspaceId: string): readonly number[] {
    return this.ledgers.get(workspaceId)?.log.inOrder() ?? [];
  }

  /** Undefined when it is gone. */
  numbered(workspaceId: string, sequence: number): JournalEntry | undefined {
    const logged = this.ledgers.get(workspaceId)?.log.get(workspaceId, sequence);
    return logged === undefined ? undefined : this.entryOf(logged);
  }

  get(workspaceId: string, id: string): JournalEntry | undefined {
    const sequence = this.sequenceOf(id);
    return sequence === undefined ? undefined : this.numbered(workspaceId, sequence);
  }

  /** Takes out what fits; returns it, newest first. */
  removeEntries(workspaceId: string, fits: (entry: JournalEntry) => boolean): JournalEntry[] {
    return this.removeLogged(workspaceId, logged => fits(this.entryOf(logged)));
  }

  removeNumbers(workspaceId: string, numbers: ReadonlySet<number>): void {
    this.removeLogged(workspaceId, ({ sequence }) => numbers.has(sequence));
  }

  clear(workspaceId: string): void {
    const ledger = this.ledgers.get(workspaceId);
    if (ledger === undefined) return;
    this.bytes -= ledger.log.bytes;
    ledger.log.clear();
    ledger.hits.clear();
    this.watch.removed(workspaceId);
  }

  /** For a workspace that is gone. */
  forget(workspaceId: string): void {
    this.clear(workspaceId);
    this.ledgers.delete(workspaceId);
  }

  private removeLogged(workspaceId: string, fits: (logged: LoggedExchange) => boolean): JournalEntry[] {
    const ledger = this.ledgers.get(workspaceId);
    if (ledger === undefined) return [];
    const { log, hits } = ledger;
    const before = log.bytes;
    const removed = log.remove(workspaceId, fits);
    this.bytes -= before - log.bytes;
    for (const { exchange } of removed) hits.subtract(exchange);
    if (removed.length > 0) this.watch.removed(workspaceId);
    return removed.reverse().map(logged => this.entryOf(logged));
  }

  private news(workspaceId: string, after: number, limit: number): JournalNews {
    const added = this.ledgers.get(workspaceId)?.log.added ?? 0;
    const entries = limit === 0 ? [] : this.after(workspaceId, after, limit);
    return { entries, added, last: this.lastOf(workspaceId) };
  }

  private makeRoom(writer: ExchangeLog): void {
    while (this.bytes > this.config.journal.maxBytes) if (!this.dropOne(writer)) return;
  }

  private entryOf(logged: LoggedExchange): JournalEntry {
    return { ...logged, id: this.idPrefix + logged.sequence.toString(16).padStart(12, '0') };
  }

  private ledgerOf(workspaceId: string): Ledger {
    let ledger = this.ledgers.get(workspaceId);
    if (ledger === undefined) {
      ledger = newLedger(this.config.journal.maxEntries, { ofSession: isSessionScope(workspaceId) });
      this.ledgers.set(workspaceId, ledger);
    }
    return ledger;
  }

  /** Makes room: the workspace that just wrote gives its oldest, or, when it has only this one, the largest gives. */
  private dropOne(writer: ExchangeLog): boolean {
    let victim = writer;
    if (writer.size <= 1) for (const { log } of this.ledgers.values()) if (log.bytes > victim.bytes) victim = log;
    if (victim.size === 0) return false;
    const before = victim.bytes;
    victim.dropOldest();
    this.bytes -= before - victim.bytes;
    this.droppedCount++;
    return true;
  }

  private sequenceOf(id: string): number | undefined {
    const lower = id.toLowerCase();
    const digits = lower.slice(this.idPrefix.length);
    return lower.startsWith(this.idPrefix) && /^[0-9a-f]{12}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
  }
}

/** There may be many sessions, with few requests each, to mocks that their workspace counts too. */
function newLedger(maxEntries: number, { ofSession }: { readonly ofSession: boolean }): Ledger {
  return {
    log: new ExchangeLog(maxEntries, ofSession ? { blockBytes: sessionBlockBytes } : {}),
    hits: new HitCounts({ shared: ofSession }),
  };
}

/** The first four groups of a version 4 UUID (RFC 9562); the last group is the entry's number. */
export function uuidPrefix(): string {
  const hex = randomBytes(8).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(1, 4)}-`;
}
