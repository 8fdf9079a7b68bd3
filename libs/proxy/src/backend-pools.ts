import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { type Pool } from 'undici';
import { ConnectionSlots } from './connection-slots';
import { OutboundGate, type OutboundTarget } from './outbound-gate';

/** The connections to one backend. */
export interface BackendPool {
  readonly pool: Pool;
  readonly slots: ConnectionSlots;
  /** `performance.now()` */
  usedAt: number;
}

const maxBackends = 100;
const idleMs = 60_000;
/** How many calls may wait for a connection, for each connection there is. */
const waitersPerConnection = 2;

/** One pool a backend, a bounded number of them; those that nobody uses are closed. */
@Injectable()
export class BackendPools implements OnApplicationShutdown {
  private readonly pools = new Map<string, BackendPool>();
  private isClosed = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly gate: OutboundGate,
  ) {}

  get size(): number {
    return this.pools.size;
  }

  /** Undefined when too many backends are in use at once, or the server is going down. */
  of(target: OutboundTarget): BackendPool | undefined {
    // A connection opened on trust must not serve a call that would not have got it.
    const key = target.isTrusted ? `trusted ${target.origin}` : target.origin;
    const now = performance.now();
    const known = this.pools.get(key);
    if (known !== undefined) {
      known.usedAt = now;
      return known;
    }
    this.closeIdle(now);
    if (this.isClosed || this.pools.size >= maxBackends) return undefined;
    const { maxConnections, responseTimeoutMs } = this.config.proxy;
    const slots = new ConnectionSlots({
      max: maxConnections,
      maxWaiting: maxConnections * waitersPerConnection,
      maxWaitMs: responseTimeoutMs,
    });
    const opened: BackendPool = { pool: this.gate.open(target), slots, usedAt: now };
    this.pools.set(key, opened);
    return opened;
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    const open = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(open.map(({ pool }) => pool.destroy()));
  }

  /** undici lets idle connections go by itself; this frees what is left of a backend. With every place taken, the longest idle one goes. */
  private closeIdle(now: number): void {
    const idle = [...this.pools].filter(([, { slots }]) => slots.isIdle).sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [key, { pool, usedAt }] of idle) {
      if (now - usedAt < idleMs && this.pools.size < maxBackends) break;
      this.pools.delete(key);
      void pool.close();
    }
  }
}
