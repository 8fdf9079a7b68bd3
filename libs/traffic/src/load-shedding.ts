import { getHeapStatistics } from 'node:v8';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { MetricsRegistry } from '@mock-server/metrics';
import { problemReply } from './plain-problem';
import { type WholeReply } from './write-reply';

const lookEveryMs = 100;
/** One pause, such as a garbage collection or a machine that stood still, is no overload. */
const looksInARow = 3;
/** Of the heap's limit; beyond it the process is close to its end. */
const fullHeap = 0.92;

/** What a look at the process found. */
export interface Strain {
  readonly lagMs: number;
  /** Of its limit. */
  readonly heap: number;
}

/** Whether requests are turned away at once, because the event loop lags or the heap is nearly full: those that are under way get through. */
@Injectable()
export class LoadShedding implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Read with every request. */
  isOn = false;
  private strained = 0;
  private shedCount = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly registry: MetricsRegistry,
    @Inject(CONFIG) private readonly config: Pick<Config, 'limits'>,
  ) {}

  onApplicationBootstrap(): void {
    this.registry.counter(
      'requests_shed_total',
      'Requests that were answered 503 at once, because the event loop lagged or the heap was nearly full.',
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
  }

  look({ lagMs, heap }: Strain): void {
    const isStrained = lagMs > this.config.limits.shedLagMs || heap > fullHeap;
    this.strained = isStrained ? this.strained + 1 : 0;
    this.isOn = this.strained >= looksInARow;
  }

  /** For a request that is turned away. */
  refuse(): WholeReply {
    this.shedCount++;
    return problemReply('overloaded', 'The server has more to do than it can. Try again in a second.');
  }
}
