import { type Config } from '@mock-server/config';
import { compileMock, type CatalogMock, type StoredMock } from '@mock-server/engine';
import { unpackExchange } from './exchange-codec';
import { Journal } from './journal';
import { type JournalStream, type StreamOperation, type StreamPart } from './journal-stream';
import { type SubEvent } from './exchange';
import { SharedOrder } from './shared-order';

const maxMocks = 10_000;

/** What all replicas shipped, as this one has read it so far: the same on each, up to the place where it is. */
export class JournalImage {
  readonly journal: Journal;
  private readonly places = new Map<string, number>();
  private readonly orders = new Map<string, SharedOrder>();
  private readonly turns = new Map<string, Promise<void>>();
  private readonly mocks = new Map<string, CatalogMock>();

  constructor(
    private readonly stream: JournalStream,
    private readonly era: string,
    config: Pick<Config, 'journal'>,
  ) {
    this.journal = Journal.image(config, era);
  }

  /** Resolves when everything that was in the stream at the call is here. */
  follow(workspaceId: string): Promise<void> {
    const before = this.turns.get(workspaceId) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => this.readAll(workspaceId));
    this.turns.set(workspaceId, turn);
    turn.catch(() => undefined);
    return turn;
  }

  async readCounts(workspaceId: string): Promise<void> {
    this.journal.hits(workspaceId).replace(await this.stream.counts(this.era, workspaceId));
  }

  forget(workspaceId: string): void {
    this.journal.forget(workspaceId);
    this.places.delete(workspaceId);
    this.orders.delete(workspaceId);
    this.turns.delete(workspaceId);
  }

  private async readAll(workspaceId: string): Promise<void> {
    for (;;) {
      const parts = await this.stream.read(this.era, workspaceId, this.places.get(workspaceId) ?? 0);
      if (parts.length === 0) return;
      await this.loadMocks(workspaceId, parts);
      for (const part of parts) this.take(workspaceId, part);
      this.places.set(workspaceId, parts.at(-1)!.number);
    }
  }

  private take(workspaceId: string, { number, text }: StreamPart): void {
    if (!text.startsWith('{"op"')) {
      const { exchange, subEvents } = unpackExchange(text, workspaceId, {
        mockOf: key => this.mocks.get(key),
        timeOf: mark => this.orderOf(workspaceId).timeOf(mark),
      });
      this.journal.place(number, exchange);
      for (const event of subEvents) this.journal.addSubEvent(workspaceId, number, event);
      return;
    }
    const operation = JSON.parse(text) as StreamOperation;
    switch (operation.op) {
      case 'clear':
        return this.journal.clear(workspaceId);
      case 'remove':
        return this.journal.removeNumbers(workspaceId, new Set(operation.numbers));
      case 'sub-event':
        return this.journal.addSubEvent(workspaceId, operation.of, operation.event as SubEvent);
      default:
        operation satisfies never;
    }
  }

  private orderOf(workspaceId: string): SharedOrder {
    let order = this.orders.get(workspaceId);
    if (order === undefined) this.orders.set(workspaceId, (order = new SharedOrder()));
    return order;
  }

  private async loadMocks(workspaceId: string, parts: readonly StreamPart[]): Promise<void> {
    const named = parts.flatMap(({ text }) => /"mock":"([^"]+)"(?:,"subEvents":.*)?\}$/s.exec(text)?.[1] ?? []);
    const unknown = [...new Set(named)].filter(key => !this.mocks.has(key));
    if (unknown.length === 0) return;
    if (this.mocks.size + unknown.length > maxMocks) this.mocks.clear();
    const found = await this.stream.mocks(this.era, workspaceId, unknown);
    for (const [i, text] of found.entries()) {
      const compiled = text === null ? undefined : compileMock(JSON.parse(text) as StoredMock);
      if (compiled?.ok === true) this.mocks.set(unknown[i]!, compiled.mock);
    }
  }
}
