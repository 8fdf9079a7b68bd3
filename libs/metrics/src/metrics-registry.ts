import { Injectable } from '@nestjs/common';
import { type Metric, register } from 'prom-client';

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
  /** For the parts of a histogram: `<name>_bucket`, `<name>_sum`, `<name>_count`. */
  readonly metricName?: string;
}

export interface ReadMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly read: () => readonly Sample[];
}

/** What a room may show: one number, or a few that differ by labels from a fixed list. */
export type Reading = number | readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];

const MAX_SAMPLES = 20;

/** Metrics that are read when Prometheus asks and cost nothing until then. A name registered again replaces the older one. */
@Injectable()
export class MetricsRegistry {
  gauge(name: string, help: string, read: () => Reading): void {
    this.add({ name, help, type: 'gauge', read: () => samplesOf(read()) });
  }

  /** For a total that its owner counts. The name ends in `_total`. */
  counter(name: string, help: string, read: () => Reading): void {
    this.add({ name, help, type: 'counter', read: () => samplesOf(read()) });
  }

  add({ name, help, type, read }: ReadMetric): void {
    // prom-client calls `get` of whatever is registered; its types know only its own classes.
    const metric = {
      name,
      help,
      type,
      aggregator: 'sum',
      get: () => ({ name, help, type, values: read() }),
      reset: () => {},
    };
    register.removeSingleMetric(name);
    register.registerMetric(metric as unknown as Metric);
  }
}

function samplesOf(reading: Reading): readonly Sample[] {
  return typeof reading === 'number' ? [{ value: reading }] : reading.slice(0, MAX_SAMPLES);
}
