import { type DynamicModule, Global, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { MetricsController } from './metrics.controller';
import { MetricsRegistry } from './metrics-registry';
import { collectProcessMetrics } from './process-metrics';
import { TrafficMetrics } from './traffic-metrics';

const prometheus = PrometheusModule.register({
  controller: MetricsController,
  path: '/metrics',
  defaultMetrics: { enabled: false },
});

/** `GET /metrics`, the process metrics, and the recorder of the request path. Global: every room above may measure. */
@Global()
@Module({
  imports: [prometheus],
  providers: [MetricsRegistry, TrafficMetrics],
  exports: [MetricsRegistry, TrafficMetrics],
})
export class MetricsModule {
  /** @param declare what the app wants declared on the controller, such as `Public()`, which this room does not know */
  static forRoot({ declare = [] }: { readonly declare?: readonly ClassDecorator[] } = {}): DynamicModule {
    for (const decorate of declare) decorate(MetricsController);
    collectProcessMetrics(register);
    return { module: MetricsModule };
  }
}
