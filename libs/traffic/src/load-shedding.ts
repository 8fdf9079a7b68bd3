import { type IncomingMessage, type ServerResponse } from 'node:http';
import { getHeapStatistics } from 'node:v8';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { MetricsRegistry } from '@mock-server/metrics';
import { problemReply } from './plain-problem';
import { type RequestHead } from './request-head';
import { writeLastReply, writeReply } from './write-reply';

const lookEveryMs = 100;
/** One pause, such as a garbage collection or a machine that stood still, is no overload. */
const looksInARow = 3;
/** Of the heap's limit; beyond it the process is close to its end. */
const fullHeap = 0.92;
/** From one request to the next; more is no work but a pause. */
const longestStepMs = 50;
/** Under overload each turn of the event loop begins so much work, and turns the rest away: whoever is let in waits about two turns. */
const workATurnMs = 10;
/** A client that is told no at once asks again at once: it costs less to let it wait. */
const answerEveryMs = 20;
/** Each time that part of those who wait: half a second for each, and they do not come back all at once. */
const answeredPart = 1 / 25;
/** Nobody was turned away in so many: those who were told to come again have come. */
const calmLooks = 10;

/**
 * Of the heap's limit, for bodies that are there at once: each is kept as bytes, as text and as what was parsed, up to ten times its
 * length in all. Shorter ones do not count: there is room for one on every connection.
 */
const partForBodies = 1 / 16;
const shortBodyBytes = 4_096;

const overloaded = problemReply('overloaded', 'The server has more to do than it can. Try again in a second.');

/** What a look at the process found. */
export interface Strain {
  readonly lagMs: number;
  /** Of its limit. */
  readonly heap: number;
}

interface TurnedAway {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly hasBody: boolean;
}

/** Turns requests away when there is more work than time, or too little memory. Under overload as much is let in as gets done soon. */
@Injectable()
export class LoadShedding implements OnApplicationBootstrap, OnApplicationShutdown {
  private isOn = false;
  private isFull = false;
  private lagging = 0;
  private filling = 0;
  private calm = 0;
  /** How long requests followed one another since the last look, which is late while they do. */
  private busyMs = 0;
  private lastAt = 0;
  /** When this turn of the event loop came to its first request; undefined between turns. */
  private turnBeganAt: number | undefined;
  private readonly maxBodiesBytes = getHeapStatistics().heap_size_limit * partForBodies;
  private bodiesBytes = 0;
  private readonly waiting: TurnedAway[] = [];
  private shedCount = 0;
  private shedBefore = 0;
  private timer: NodeJS.Timeout | undefined;
  private answering: NodeJS.Timeout | undefined;
  private readonly longestTurnMs: number;

  constructor(
    private readonly registry: MetricsRegistry,
    @Inject(CONFIG) private readonly config: Pick<Config, 'limits'>,
  ) {
    const { shedLagMs } = config.limits;
    this.longestTurnMs = shedLagMs === 0 ? Number.POSITIVE_INFINITY : lookEveryMs + shedLagMs;
  }

  onApplicationBootstrap(): void {
    this.registry.counter(
      'requests_shed_total',
      'Requests that were answered 503, because there was more work than time, too many bodies at once, or the heap was nearly full.',
      () => this.shedCount,
    );
    if (this.config.limits.shedLagMs === 0) return;
    let expectedAt = performance.now() + lookEveryMs;
    this.timer = setInterval(() => {
      const now = performance.now();
      const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
      this.look({ lagMs: now - expectedAt, heap: used / limit });
      expectedAt = now + lookEveryMs;
    }, lookEveryMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.answer(this.waiting.length);
  }

  look({ lagMs, heap }: Strain): void {
    this.lagging = lagMs > this.config.limits.shedLagMs ? this.lagging + 1 : 0;
    this.filling = heap > fullHeap ? this.filling + 1 : 0;
    this.isFull = this.filling >= looksInARow;
    const isStrained = this.isFull || this.lagging >= looksInARow;
    this.calm = isStrained || this.shedCount > this.shedBefore ? 0 : this.calm + 1;
    this.isOn = isStrained || (this.isOn && this.calm < calmLooks);
    this.shedBefore = this.shedCount;
    this.busyMs = 0;
  }

  /** Whether a request that came at this time, as of `performance.now()`, is to be turned away. */
  isTooMuch(now: number): boolean {
    if (this.isOn) return this.isFull || !this.hasTime(now);
    this.busyMs += Math.min(now - this.lastAt, longestStepMs);
    this.lastAt = now;
    this.isOn = this.busyMs > this.longestTurnMs;
    return this.isOn;
  }

  /** Takes room for a body until its reply is sent or its client has left; false: there is none. One that is alone has room, however long. */
  hasRoom(bytes: number, outgoing: ServerResponse): boolean {
    if (bytes <= shortBodyBytes || outgoing.destroyed) return true;
    if (this.bodiesBytes > 0 && this.bodiesBytes + bytes > this.maxBodiesBytes) return false;
    this.bodiesBytes += bytes;
    outgoing.once('close', () => (this.bodiesBytes -= bytes));
    return true;
  }

  /** It is answered 503 a little later; at once when it would take memory that there is not. */
  turnAway(incoming: IncomingMessage, outgoing: ServerResponse, { hasBody }: Pick<RequestHead, 'hasBody'>): void {
    this.shedCount++;
    this.waiting.push({ incoming, outgoing, hasBody });
    if (this.isFull) return this.answer(this.waiting.length);
    this.answering ??= setInterval(() => this.answer(Math.ceil(this.waiting.length * answeredPart)), answerEveryMs);
  }

  private answer(count: number): void {
    for (const { incoming, outgoing, hasBody } of this.waiting.splice(0, count)) {
      // Without a body behind it the connection stays: to connect anew would be more work for both.
      if (hasBody) writeLastReply(incoming, outgoing, overloaded);
      else writeReply(incoming, outgoing, overloaded);
    }
    if (this.waiting.length > 0) return;
    clearInterval(this.answering);
    this.answering = undefined;
  }

  private hasTime(now: number): boolean {
    if (this.turnBeganAt === undefined) {
      this.turnBeganAt = now;
      setImmediate(() => (this.turnBeganAt = undefined));
    }
    return now - this.turnBeganAt < workATurnMs;
  }
}
