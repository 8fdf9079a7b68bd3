import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { CircuitBreaker, ConnectionSlots } from '@mock-server/outbound';
import { type BackendSettings } from '@mock-server/workspaces';
import { type Pool } from 'undici';
import { type BackendFailure, failed } from './backend-failure';
import { readTls, type TlsOptions } from './backend-tls';
import { OutboundGate, type OutboundTarget } from './outbound-gate';
import { RetryBudget } from './retry-budget';

/** The connections to one backend. */
export interface BackendPool {
  readonly pool: Pool;
  readonly slots: ConnectionSlots;
  readonly breaker: CircuitBreaker;
  readonly retries: RetryBudget;
  /** `performance.now()` */
  usedAt: number;
}

const maxBackends = 100;
const idleMs = 60_000;
/** How many calls may wait for a connection, for each connection there is. */
const waitersPerConnection = 2;
const defaultBreakAfter = 10;

/** One pool a backend, a bounded number of them; those that nobody uses are closed. */
@Injectable()
export class BackendPools implements OnApplicationShutdown {
  private readonly pools = new Map<string, BackendPool>();
  private readonly keys = new WeakMap<BackendSettings, string>();
  private isClosed = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly gate: OutboundGate,
  ) {}

  get size(): number {
    return this.pools.size;
  }

  sum(read: (backend: BackendPool) => number): number {
    return [...this.pools.values()].reduce((total, backend) => total + read(backend), 0);
  }

  /** A failure when too many backends are in use at once, a certificate is missing, or the server is going down. */
  of(target: OutboundTarget, settings?: BackendSettings): BackendPool | BackendFailure {
    // A connection opened on trust, or with other certificates, must not serve a call that would not have got it.
    const key = `${target.isTrusted ? 'trusted ' : ''}${target.origin}${this.keyOf(settings)}`;
    const now = performance.now();
    const known = this.pools.get(key);
    if (known !== undefined) {
      known.usedAt = now;
      return known;
    }
    this.closeIdle(now);
    if (this.isClosed || this.pools.size >= maxBackends)
      return failed('overloaded', 'Too many backends are in use at once. Try again in a moment.');
    const tls = this.tlsOf(settings);
    if ('kind' in tls) return tls;
    const opened = this.open(target, settings, tls, now);
    this.pools.set(key, opened);
    return opened;
  }

  private open(
    target: OutboundTarget,
    settings: BackendSettings | undefined,
    tls: TlsOptions,
    usedAt: number,
  ): BackendPool {
    const { proxy } = this.config;
    const maxConnections = settings?.maxConnections ?? proxy.maxConnections;
    const responseTimeoutMs = settings?.responseTimeoutMs ?? proxy.responseTimeoutMs;
    return {
      pool: this.gate.open(target, {
        connectTimeoutMs: settings?.connectTimeoutMs ?? proxy.connectTimeoutMs,
        responseTimeoutMs,
        maxConnections,
        http2: settings?.http2 === true,
        tls,
      }),
      slots: new ConnectionSlots({
        max: maxConnections,
        maxWaiting: maxConnections * waitersPerConnection,
        maxWaitMs: responseTimeoutMs,
      }),
      breaker: new CircuitBreaker(settings?.breakAfter ?? defaultBreakAfter),
      retries: new RetryBudget(),
      usedAt,
    };
  }

  private tlsOf(settings: BackendSettings | undefined): TlsOptions | BackendFailure {
    try {
      return readTls(settings?.tls, this.config.proxy.tlsFolder);
    } catch {
      return failed(
        'backend-unreachable',
        `The client certificate '${settings?.tls?.clientCertificate}' of this workspace's backend cannot be read: put its .crt and .key into BACKEND_TLS_DIR.`,
      );
    }
  }

  /** Settings that differ in nothing that concerns a connection share it. Worked out once an object: the directory keeps it. */
  private keyOf(settings: BackendSettings | undefined): string {
    if (settings === undefined) return '';
    const known = this.keys.get(settings);
    if (known !== undefined) return known;
    const { tls, http2, connectTimeoutMs, responseTimeoutMs, maxConnections, breakAfter } = settings;
    const parts = [tls, http2, connectTimeoutMs, responseTimeoutMs, maxConnections, breakAfter];
    const key = parts.every(part => part === undefined) ? '' : ` ${JSON.stringify(parts)}`;
    this.keys.set(settings, key);
    return key;
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
