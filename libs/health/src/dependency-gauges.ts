import { MetricsRegistry } from '@mock-server/metrics';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ServerParts } from './server-parts';

/** Shows Prometheus what the health answers show people. */
@Injectable()
export class DependencyGauges implements OnModuleInit {
  constructor(
    private readonly metrics: MetricsRegistry,
    private readonly parts: ServerParts,
  ) {}

  onModuleInit(): void {
    this.metrics.gauge('dependency_up', 'Whether a dependency answers (1) or not (0), by name.', () =>
      this.parts.dependencies().map(({ name, isUp }) => ({ labels: { name }, value: isUp ? 1 : 0 })),
    );
    this.metrics.gauge('server_ready', 'Whether this replica wants traffic (1) or not (0).', () =>
      this.parts.isReady ? 1 : 0,
    );
  }
}
