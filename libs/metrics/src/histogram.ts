import type { Sample } from './metrics-registry';
import type { Series } from './series-budget';

/** Upper bounds in seconds. */
export const DURATION_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** Numbers a histogram needs: one count a bucket (not cumulative, the last is +Inf), then the sum. */
export const HISTOGRAM_SIZE = DURATION_BUCKETS.length + 2;
const SUM_AT = DURATION_BUCKETS.length + 1;

/** Adds an observation to the histogram that begins at `offset` of `cells`. */
export function addDuration(cells: Float64Array, offset: number, seconds: number): void {
  let bucket = 0;
  // The buckets are few and most answers fall into the first.
  while (bucket < DURATION_BUCKETS.length && seconds > (DURATION_BUCKETS[bucket] as number)) bucket++;
  cells[offset + bucket] = (cells[offset + bucket] as number) + 1;
  cells[offset + SUM_AT] = (cells[offset + SUM_AT] as number) + seconds;
}

export function countOf(histogram: Float64Array): number {
  return histogram.subarray(0, SUM_AT).reduce((total, count) => total + count, 0);
}

/** The samples Prometheus expects: cumulative buckets, sum, count. */
export function histogramSamples(name: string, { labels, values }: Series<Float64Array>): Sample[] {
  const at = (index: number): number => values.reduce((total, histogram) => total + (histogram[index] ?? 0), 0);
  let count = 0;
  const buckets = [...DURATION_BUCKETS.map(String), '+Inf'].map((le, index) => {
    count += at(index);
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: at(SUM_AT) },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
