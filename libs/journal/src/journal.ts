import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { type Exchange } from './exchange';
import { ExchangeLog, type LoggedExchange } from './exchange-log';

export interface JournalEntry {
  readonly id: string;
  readonly exchange: Exchange;
}

/**
 * The newest exchanges of each workspace, in memory: bounded by count a workspace and by bytes in all. Adding is on the path of
 * every request, so ids are made from a number only when somebody looks.
 */
@Injectable()
export class Journal {
  private readonly logs = new Map<string, ExchangeLog>();
  private readonly idPrefix = uuidPrefix();
  private lastSequence = 0;
  private bytes = 0;
  private droppedCount = 0;

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'journal'>) {}

  /** How much of a body is kept. */
  get maxBodyBytes(): number {
    return this.config.journal.maxBodyBytes;
  }

  get totals(): { readonly entries: number; readonly bytes: number; readonly dropped: number } {
    let entries = 0;
    for (const log of this.logs.values()) entries += log.size;
    return { entries, bytes: this.bytes, dropped: this.droppedCount };
  }

  add(exchange: Exchange): void {
    const log = this.logOf(exchange.workspaceId);
    const before = log.bytes;
    if (log.size === this.config.journal.maxEntries) this.droppedCount++;
    log.add(++this.lastSequence, exchange);
    this.bytes += log.bytes - before;
    while (this.bytes > this.config.journal.maxBytes) if (!this.dropOne(log)) return;
  }

  size(workspaceId: string): number {
    return this.logs.get(workspaceId)?.size ?? 0;
  }

  *newestFirst(workspaceId: string): IterableIterator<JournalEntry> {
    for (const logged of this.logs.get(workspaceId)?.newestFirst(workspaceId) ?? []) yield this.entryOf(logged);
  }

  get(workspaceId: string, id: string): JournalEntry | undefined {
    const sequence = this.sequenceOf(id);
    const logged = sequence === undefined ? undefined : this.logs.get(workspaceId)?.get(workspaceId, sequence);
    return logged === undefined ? undefined : this.entryOf(logged);
  }

  /** Takes out what fits; returns it, newest first. */
  remove(workspaceId: string, fits: (exchange: Exchange) => boolean): JournalEntry[] {
    return this.removeLogged(workspaceId, ({ exchange }) => fits(exchange));
  }

  removeById(workspaceId: string, id: string): JournalEntry | undefined {
    const wanted = this.sequenceOf(id);
    return wanted === undefined ? undefined : this.removeLogged(workspaceId, ({ sequence }) => sequence === wanted)[0];
  }

  clear(workspaceId: string): void {
    this.bytes -= this.logs.get(workspaceId)?.bytes ?? 0;
    this.logs.delete(workspaceId);
  }

  private removeLogged(workspaceId: string, fits: (logged: LoggedExchange) => boolean): JournalEntry[] {
    const log = this.logs.get(workspaceId);
    if (log === undefined) return [];
    const before = log.bytes;
    const removed = log.remove(workspaceId, fits);
    this.bytes -= before - log.bytes;
    return removed.reverse().map(logged => this.entryOf(logged));
  }

  private entryOf({ sequence, exchange }: LoggedExchange): JournalEntry {
    return { id: this.idPrefix + sequence.toString(16).padStart(12, '0'), exchange };
  }

  private logOf(workspaceId: string): ExchangeLog {
    let log = this.logs.get(workspaceId);
    if (log === undefined) this.logs.set(workspaceId, (log = new ExchangeLog(this.config.journal.maxEntries)));
    return log;
  }

  /** Makes room: the workspace that just wrote gives its oldest, or, when it has only this one, the largest gives. */
  private dropOne(writer: ExchangeLog): boolean {
    let victim = writer;
    if (writer.size <= 1) for (const log of this.logs.values()) if (log.bytes > victim.bytes) victim = log;
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

/** The first four groups of a version 4 UUID (RFC 9562); the last group is the entry's number. */
function uuidPrefix(): string {
  const hex = randomBytes(8).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(1, 4)}-`;
}
