export { MetricsRegistry, type ReadMetric, type Reading, type Sample } from './metrics-registry';
export { MetricsModule } from './metrics.module';
export type { TrafficSource } from './request-labels';
export { TrafficMetrics } from './traffic-metrics';
