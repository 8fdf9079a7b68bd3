import { RedisConnection, Replicas } from '@mock-server/cache';
import { CONFIG, type Config } from '@mock-server/config';
import { Problem } from '@mock-server/http';
import { MetricsRegistry } from '@mock-server/metrics';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { type Exchange } from './exchange';
import { Journal, uuidPrefix } from './journal';
import { JournalImage } from './journal-image';
import { JournalOutbox } from './journal-outbox';
import { type JournalEntry } from './journal-entry';
import { EraOverError, JournalStream } from './journal-stream';

const flushTopic = 'journal-flush';
const clearedTopic = 'journal-cleared';
const watchEveryMs = 50;
const tryAgainMs = 250;
/** A minute: longer outages end with a connection of {@link Replicas} that is new, and that says hello by itself. */
const maxMeetings = 240;
/** Beyond it, what is here stays: it is shipped, and would only be shipped again to a Redis that was emptied. */
const maxRounds = 100;

interface Era {
  readonly outbox: JournalOutbox;
  readonly image: JournalImage;
  readonly id: string;
}

/**
 * The journal as everybody who asks should see it. A replica that is alone keeps its own. Replicas that know of each other ship what
 * they answer to a stream in Redis as soon as it is answered; who asks first has all of them ship what they have, and then reads: so a
 * count holds every request that was answered before it was asked for, whichever replica answered.
 */
@Injectable()
export class SharedJournal implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Journal');
  private readonly stream: JournalStream;
  /** Undefined: nobody else was ever met. */
  private era: Era | undefined;
  private sendingAgain: NodeJS.Timeout | undefined;
  private meetingAgain: NodeJS.Timeout | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isFollowing = false;
  private isShuttingDown = false;
  /** Workspaces with something to send at the end of this turn of the event loop. */
  private readonly due = new Set<string>();
  private sendingDue: NodeJS.Immediate | undefined;

  constructor(
    private readonly own: Journal,
    private readonly redis: RedisConnection,
    private readonly replicas: Replicas,
    private readonly registry: MetricsRegistry,
    @Inject(CONFIG) private readonly config: Pick<Config, 'journal'>,
  ) {
    this.stream = new JournalStream(redis, { maxEntries: config.journal.maxEntries, prefix: 'mock-server:{journal}' });
  }

  onModuleInit(): void {
    this.registry.counter(
      'journal_unshared_total',
      'Exchanges that were dropped here before the other replicas could have them; their counts are shared all the same.',
      () => this.era?.outbox.unshared ?? 0,
    );
    if (!this.redis.configured) return;
    this.replicas.onMeet(count => this.meet(count));
    this.replicas.onAsk(flushTopic, workspaceId => this.inEra(({ outbox }) => outbox.flush(workspaceId)));
    this.replicas.onAsk(clearedTopic, workspaceId => this.clearOwn(workspaceId));
    this.own.onAdd({
      added: workspaceId => this.sendSoon(workspaceId),
      hasSubEvent: (workspaceId, sequence, event) =>
        void this.inEra(({ outbox }) => outbox.shipSubEvent(workspaceId, sequence, event)).catch(() => undefined),
    });
    this.timer = setInterval(() => void this.followWatched(), watchEveryMs).unref();
  }

  /** The last exchanges go to those who stay. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isShuttingDown = true;
    clearInterval(this.timer);
    clearTimeout(this.meetingAgain);
    clearTimeout(this.sendingAgain);
    const { era } = this;
    if (era === undefined || !this.redis.isUp) return;
    await Promise.allSettled(this.own.workspaces().map(id => era.outbox.flush(id)));
  }

  /** The journal with everything that was answered before this was called. It is read at once, or asked for again. */
  async look(workspaceId: string): Promise<Journal> {
    if (this.era === undefined) return this.own;
    return this.whole(async () => {
      await Promise.all([
        this.replicas.ask(flushTopic, workspaceId),
        this.inEra(({ outbox }) => outbox.flush(workspaceId)),
      ]);
      await this.inEra(({ image }) => image.follow(workspaceId));
      return this.era!.image.journal;
    });
  }

  /** The same, and {@link Journal.hits} are those of all replicas. */
  async lookAtCounts(workspaceId: string): Promise<Journal> {
    const journal = await this.look(workspaceId);
    if (journal === this.own) return journal;
    return this.whole(async () => {
      await this.inEra(({ image }) => image.readCounts(workspaceId));
      return this.era!.image.journal;
    });
  }

  async clear(workspaceId: string): Promise<void> {
    const isAlone = (await this.look(workspaceId)) === this.own;
    if (isAlone) return this.own.clear(workspaceId);
    await this.whole(async () => {
      await this.inEra(({ id }) => this.stream.operate(id, workspaceId, { op: 'clear' }));
      await this.replicas.ask(clearedTopic, workspaceId);
      await this.clearOwn(workspaceId);
    });
  }

  /** Takes out what fits; gives it back, newest first. */
  async remove(workspaceId: string, fits: (exchange: Exchange) => boolean): Promise<JournalEntry[]> {
    return this.removeEntries(workspaceId, ({ exchange }) => fits(exchange));
  }

  async removeById(workspaceId: string, id: string): Promise<void> {
    await this.removeEntries(workspaceId, entry => entry.id === id.toLowerCase());
  }

  /** For a workspace that is gone. */
  forget(workspaceId: string): void {
    this.own.forget(workspaceId);
    this.era?.outbox.forget(workspaceId);
    this.era?.image.forget(workspaceId);
  }

  /** Of a session that this replica ended, for all of them: what begins anew under its id has a journal of its own. */
  async end(scope: string): Promise<void> {
    try {
      await this.clear(scope);
    } catch (error) {
      this.logger.warn({ message: 'The journal of a session that ended stays in Redis', reason: String(error) });
    }
    this.forget(scope);
  }

  private async removeEntries(workspaceId: string, fits: (entry: JournalEntry) => boolean): Promise<JournalEntry[]> {
    const journal = await this.look(workspaceId);
    if (journal === this.own) return journal.removeEntries(workspaceId, fits);
    const entries = [...journal.newestFirst(workspaceId)].filter(fits);
    if (entries.length === 0) return [];
    const numbers = entries.map(({ sequence }) => sequence);
    const counts = new Map<string, number>();
    for (const { exchange } of entries)
      for (const name of [`s:${exchange.source}`, ...(exchange.mock === undefined ? [] : [`m:${exchange.mock.id}`])])
        counts.set(name, (counts.get(name) ?? 0) - 1);
    await this.whole(() =>
      this.inEra(({ id }) => this.stream.operate(id, workspaceId, { op: 'remove', numbers }, counts)),
    );
    return entries;
  }

  /** What is here is shipped, and then no business of this replica's any more. */
  private async clearOwn(workspaceId: string): Promise<void> {
    for (let round = 0; round < maxRounds; round++) {
      await this.inEra(({ outbox }) => outbox.flush(workspaceId));
      if (this.era?.outbox.isDone(workspaceId) !== true) continue; // more came meanwhile
      this.own.clear(workspaceId);
      this.era.outbox.skip(workspaceId);
      return;
    }
  }

  /** Alone at the start: what is left in Redis is of replicas that are gone. */
  private async meet(count: number): Promise<void> {
    const isFirst = count < 2 && this.era === undefined;
    const offered = uuidPrefix();
    if (isFirst) {
      await this.stream.era(offered, 'new');
      return;
    }
    try {
      await this.join(offered);
    } catch (error) {
      this.joinAgain(offered, maxMeetings);
      throw error;
    }
  }

  private async join(offered: string): Promise<void> {
    this.begin(await this.stream.era(offered, 'known'));
    this.sendAll();
  }

  /** Others say hello once: who missed it would go on as if it were alone. */
  private joinAgain(offered: string, attempts: number): void {
    if (this.isShuttingDown || attempts === 0) return;
    clearTimeout(this.meetingAgain);
    const again = (): Promise<void> => this.join(offered).catch(() => this.joinAgain(offered, attempts - 1));
    this.meetingAgain = setTimeout(() => void again(), tryAgainMs).unref();
  }

  private begin(id: string): void {
    if (this.era?.id === id) return;
    const outbox = new JournalOutbox(this.own, this.stream, {
      id,
      replica: this.replicas.id,
      clock: this.redis.clock,
      onFailure: error => this.sendAgain(id, error),
    });
    this.era = { id, outbox, image: new JournalImage(this.stream, id, this.config) };
  }

  /** Somebody emptied Redis: everybody ships anew what they have. */
  private async inEra<T>(work: (era: Era) => Promise<T>): Promise<T> {
    if (this.era === undefined) this.begin(await this.stream.era(uuidPrefix(), 'known'));
    try {
      return await work(this.era!);
    } catch (error) {
      if (!(error instanceof EraOverError)) throw error;
      this.begin(await this.stream.era(uuidPrefix(), 'known'));
      this.sendAll();
      return work(this.era!);
    }
  }

  /**
   * What was answered until now is on its way to Redis when this returns. To be called before its replies are on theirs: whoever is
   * killed then has told.
   */
  sendDue(): void {
    if (this.sendingDue === undefined) return;
    clearImmediate(this.sendingDue);
    this.sendingDue = undefined;
    for (const workspaceId of this.due) this.send(workspaceId);
    this.due.clear();
  }

  /** Together with the others of this turn of the event loop: a call of Redis for each would cost several times what a hit does. */
  private sendSoon(workspaceId: string): void {
    if (this.era === undefined) return;
    this.due.add(workspaceId);
    this.sendingDue ??= setImmediate(() => this.sendDue());
  }

  private send(workspaceId: string): void {
    const { era } = this;
    if (era === undefined || this.sendingAgain !== undefined) return;
    if (this.redis.isUp) era.outbox.send(workspaceId);
    else this.sendAgain(era.id, undefined);
  }

  private sendAll(): void {
    this.era?.outbox.catchUp(this.own.workspaces());
  }

  private sendAgain(id: string, error: unknown): void {
    if (this.sendingAgain !== undefined || this.era?.id !== id) return;
    const again = async (): Promise<void> => {
      this.sendingAgain = undefined;
      if (!this.redis.isUp) return this.sendAgain(id, error);
      if (error instanceof EraOverError) this.begin(await this.stream.era(uuidPrefix(), 'known'));
      this.sendAll();
    };
    this.sendingAgain = setTimeout(() => void again().catch(() => this.sendAgain(id, error)), tryAgainMs).unref();
  }

  /** One at a time: on a slow Redis they would line up, and who looks would wait behind all of them. */
  private async followWatched(): Promise<void> {
    const { era } = this;
    if (era === undefined || this.isFollowing || !this.redis.isUp) return;
    this.isFollowing = true;
    for (const workspaceId of era.image.journal.watched())
      await this.inEra(({ image }) => image.follow(workspaceId)).catch(() => undefined);
    this.isFollowing = false;
  }

  private async whole<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Problem) throw error;
      this.logger.warn({ message: 'The journal of all replicas cannot be read', reason: String(error) });
      throw new Problem('journal-incomplete', {
        detail:
          'This replica cannot ask the others what they answered: Redis or one of them is away. Try again in a few seconds.',
      });
    }
  }
}
