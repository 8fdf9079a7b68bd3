import { Injectable } from '@nestjs/common';
import { AdminCounts } from './admin-counts';
import { histogramSamples } from './histogram';
import { MetricsRegistry, type Sample } from './metrics-registry';
import { methodIndex, sourceIndex, SOURCES, statusSlot, type TrafficSource } from './request-labels';
import { type Series, SeriesBudget } from './series-budget';
import { TrafficCounts } from './traffic-counts';

/**
 * How many label sets get their own series. With the process metrics (about 75), overflow (4 routes x 6 status classes
 * for traffic, 6 for admin), 16 lines a histogram and other rooms' gauges, the sum stays under 500 lines a scrape.
 */
const OWN_SERIES = { trafficStatuses: 60, adminStatuses: 30, trafficDurations: 5, adminDurations: 3 } as const;

/** The numbers of the request path. Recording costs some tens of nanoseconds; the samples are made when they are asked for. */
@Injectable()
export class TrafficMetrics {
  private readonly traffic = new TrafficCounts();
  private readonly admin = new AdminCounts();
  private readonly trafficStatuses = new SeriesBudget<number>(OWN_SERIES.trafficStatuses);
  private readonly adminStatuses = new SeriesBudget<number>(OWN_SERIES.adminStatuses);
  private readonly trafficDurations = new SeriesBudget<Float64Array>(OWN_SERIES.trafficDurations);
  private readonly adminDurations = new SeriesBudget<Float64Array>(OWN_SERIES.adminDurations);
  private readActiveMocks: () => number = () => 0;

  constructor(registry: MetricsRegistry) {
    this.register(registry);
  }

  /** One exchange on the traffic port: where its reply came from, and how long it took. */
  observe(source: TrafficSource, method: string, status: number, seconds: number): void {
    this.traffic.record(sourceIndex(source), methodIndex(method), statusSlot(status), seconds);
  }

  /** One admin request by its route template, such as `/__admin/mappings/:id`. */
  observeAdmin(method: string, routeTemplate: string, status: number, seconds: number): void {
    this.admin.record(method, routeTemplate, status, seconds);
  }

  /** Says how many enabled mocks are loaded; asked at each scrape. */
  setActiveMocks(read: () => number): void {
    this.readActiveMocks = read;
  }

  /** Hits by all requests since the start, 0 to 1; 0 before the first. */
  get hitRate(): number {
    const { all } = this.traffic;
    return all === 0 ? 0 : this.traffic.ofSource('mock') / all;
  }

  private register(registry: MetricsRegistry): void {
    registry.add({
      name: 'http_requests_total',
      help: 'Requests answered, by method, route (mock, proxy, ai, unmatched, or an admin route) and status.',
      type: 'counter',
      read: () => this.statusSamples(),
    });
    registry.add({
      name: 'http_request_duration_seconds',
      help: 'How long requests took, by method and route.',
      type: 'histogram',
      read: () => this.durationSamples(),
    });
    registry.counter('mock_requests_total', 'Requests on the traffic port, by where the reply came from.', () =>
      SOURCES.map(source => ({ labels: { source }, value: this.traffic.ofSource(source) })),
    );
    registry.gauge('mock_hit_rate', 'Share of traffic that a mock answered since the start.', () => this.hitRate);
    registry.gauge('active_mocks_count', 'Enabled mocks loaded, all workspaces.', () => this.readActiveMocks());
  }

  private statusSamples(): Sample[] {
    const series = [
      ...this.trafficStatuses.assign(this.traffic.statusCells()),
      ...this.adminStatuses.assign(this.admin.statusCells()),
    ];
    return mergeSameLabels(series).map(({ labels, values }) => ({
      labels,
      value: values.reduce((total, count) => total + count, 0),
    }));
  }

  private durationSamples(): Sample[] {
    const series = [
      ...this.trafficDurations.assign(this.traffic.durationCells()),
      ...this.adminDurations.assign(this.admin.durationCells()),
    ];
    return mergeSameLabels(series).flatMap(one => histogramSamples('http_request_duration_seconds', one));
  }
}

/** The cell of method OTHER has the labels that the overflow has; Prometheus refuses a series that stands there twice. */
function mergeSameLabels<T>(series: readonly Series<T>[]): Series<T>[] {
  const byLabels = new Map<string, Series<T>>();
  for (const one of series) {
    const key = JSON.stringify(one.labels);
    const known = byLabels.get(key);
    byLabels.set(key, known ? { labels: known.labels, values: [...known.values, ...one.values] } : one);
  }
  return [...byLabels.values()];
}
