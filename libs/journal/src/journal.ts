import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { costOf, type Exchange } from './exchange';
import { Ring } from './ring';

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
  private readonly rings = new Map<string, Ring<Exchange>>();
  private readonly idPrefix = uuidPrefix();
  private lastSequence = 0;
  private bytes = 0;
  private droppedCount = 0;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** How much of a body is kept. */
  get maxBodyBytes(): number {
    return this.config.journal.maxBodyBytes;
  }

  get totals(): { readonly entries: number; readonly bytes: number; readonly dropped: number } {
    let entries = 0;
    for (const ring of this.rings.values()) entries += ring.size;
    return { entries, bytes: this.bytes, dropped: this.droppedCount };
  }

  add(exchange: Exchange): void {
    const ring = this.ringOf(exchange.workspaceId);
    const bytes = costOf(exchange);
    const before = ring.bytes;
    if (ring.size === this.config.journal.maxEntries) this.droppedCount++;
    ring.add({ sequence: ++this.lastSequence, bytes, value: exchange });
    this.bytes += ring.bytes - before;
    while (this.bytes > this.config.journal.maxBytes) if (!this.dropOne(ring)) return;
  }

  size(workspaceId: string): number {
    return this.rings.get(workspaceId)?.size ?? 0;
  }

  *newestFirst(workspaceId: string): IterableIterator<JournalEntry> {
    for (const item of this.rings.get(workspaceId)?.newestFirst() ?? [])
      yield { id: this.idOf(item.sequence), exchange: item.value };
  }

  get(workspaceId: string, id: string): JournalEntry | undefined {
    const sequence = this.sequenceOf(id);
    const item = sequence === undefined ? undefined : this.rings.get(workspaceId)?.get(sequence);
    return item === undefined ? undefined : { id: this.idOf(item.sequence), exchange: item.value };
  }

  /** Takes out what fits; returns it, newest first. */
  remove(workspaceId: string, fits: (exchange: Exchange) => boolean): JournalEntry[] {
    return this.removeItems(workspaceId, item => fits(item.value));
  }

  removeById(workspaceId: string, id: string): JournalEntry | undefined {
    const sequence = this.sequenceOf(id);
    return sequence === undefined ? undefined : this.removeItems(workspaceId, item => item.sequence === sequence)[0];
  }

  clear(workspaceId: string): void {
    this.bytes -= this.rings.get(workspaceId)?.bytes ?? 0;
    this.rings.delete(workspaceId);
  }

  private removeItems(
    workspaceId: string,
    fits: (item: { sequence: number; value: Exchange }) => boolean,
  ): JournalEntry[] {
    const ring = this.rings.get(workspaceId);
    if (ring === undefined) return [];
    const before = ring.bytes;
    const removed = ring.remove(fits);
    this.bytes -= before - ring.bytes;
    return removed.reverse().map(item => ({ id: this.idOf(item.sequence), exchange: item.value }));
  }

  private ringOf(workspaceId: string): Ring<Exchange> {
    let ring = this.rings.get(workspaceId);
    if (ring === undefined) this.rings.set(workspaceId, (ring = new Ring(this.config.journal.maxEntries)));
    return ring;
  }

  /** Makes room: the workspace that just wrote gives its oldest, or, when it has only this one, the largest gives. */
  private dropOne(writer: Ring<Exchange>): boolean {
    let victim = writer;
    if (writer.size <= 1) for (const ring of this.rings.values()) if (ring.bytes > victim.bytes) victim = ring;
    if (victim.size === 0) return false;
    const before = victim.bytes;
    victim.dropOldest();
    this.bytes -= before - victim.bytes;
    this.droppedCount++;
    return true;
  }

  private idOf(sequence: number): string {
    return this.idPrefix + sequence.toString(16).padStart(12, '0');
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
