import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MetricsRegistry } from '@mock-server/metrics';
import { type BackendFailure } from './backend-failure';
import { BackendPools } from './backend-pools';

/** What became of the calls to backends, all together: a label a backend would have no bound. */
@Injectable()
export class BackendCounts implements OnModuleInit {
  private readonly failures = new Map<BackendFailure['problem'], number>();
  private retries = 0;

  constructor(
    private readonly registry: MetricsRegistry,
    private readonly pools: BackendPools,
  ) {}

  onModuleInit(): void {
    const { registry, pools } = this;
    registry.gauge('backends', 'Backends with open connections or a history of failures.', () => pools.size);
    registry.gauge('backend_calls', 'Calls to backends under way.', () => pools.sum(({ slots }) => slots.taken));
    registry.gauge('backend_calls_waiting', 'Calls that wait for a connection.', () =>
      pools.sum(({ slots }) => slots.waiters),
    );
    registry.gauge('backends_resting', 'Backends that are left alone because they failed again and again.', () =>
      pools.sum(({ breaker }) => (breaker.isOpen ? 1 : 0)),
    );
    registry.counter('backend_retries_total', 'Calls that were tried again.', () => this.retries);
    registry.counter('backend_failures_total', 'Calls that brought no reply, by problem.', () =>
      [...this.failures].map(([problem, value]) => ({ labels: { problem }, value })),
    );
  }

  fail(problem: BackendFailure['problem']): void {
    this.failures.set(problem, (this.failures.get(problem) ?? 0) + 1);
  }

  retry(): void {
    this.retries++;
  }
}
