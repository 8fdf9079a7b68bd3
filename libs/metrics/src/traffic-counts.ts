import { addDuration, countOf, HISTOGRAM_SIZE } from './histogram';
import * as labels from './request-labels';
import type { Cell } from './series-budget';

const SOURCE_COUNT = labels.SOURCES.length;
const METHOD_COUNT = labels.METHODS.length;

/** Counts of traffic in flat arrays of fixed size: recording allocates nothing and costs the same for every request. */
export class TrafficCounts {
  private readonly statuses = new Float64Array(SOURCE_COUNT * METHOD_COUNT * labels.STATUS_SLOTS);
  private readonly durations = new Float64Array(SOURCE_COUNT * METHOD_COUNT * HISTOGRAM_SIZE);
  private readonly sources = new Float64Array(SOURCE_COUNT);

  record(source: number, method: number, statusSlot: number, seconds: number): void {
    const row = source * METHOD_COUNT + method;
    const at = row * labels.STATUS_SLOTS + statusSlot;
    this.statuses[at] = (this.statuses[at] as number) + 1;
    this.sources[source] = (this.sources[source] as number) + 1;
    addDuration(this.durations, row * HISTOGRAM_SIZE, seconds);
  }

  ofSource(source: labels.TrafficSource): number {
    return this.sources[labels.sourceIndex(source)] as number;
  }

  get all(): number {
    return this.sources.reduce((total, count) => total + count, 0);
  }

  statusCells(): Cell<number>[] {
    const cells: Cell<number>[] = [];
    this.statuses.forEach((count, at) => {
      if (count === 0) return;
      const { method, route } = rowLabels(Math.floor(at / labels.STATUS_SLOTS));
      const status = labels.statusOfSlot(at % labels.STATUS_SLOTS);
      cells.push({
        key: String(at),
        labels: { method, route, status_code: status },
        overflowLabels: { method: 'OTHER', route, status_code: labels.statusClass(status) },
        weight: count,
        value: count,
      });
    });
    return cells;
  }

  durationCells(): Cell<Float64Array>[] {
    const cells: Cell<Float64Array>[] = [];
    for (let row = 0; row < SOURCE_COUNT * METHOD_COUNT; row++) {
      const histogram = this.durations.subarray(row * HISTOGRAM_SIZE, (row + 1) * HISTOGRAM_SIZE);
      const weight = countOf(histogram);
      if (weight === 0) continue;
      const { method, route } = rowLabels(row);
      const overflowLabels = { method: 'OTHER', route };
      cells.push({ key: String(row), labels: { method, route }, overflowLabels, weight, value: histogram });
    }
    return cells;
  }
}

function rowLabels(row: number): { method: string; route: string } {
  return {
    method: labels.METHODS[row % METHOD_COUNT] ?? 'OTHER',
    route: labels.TRAFFIC_ROUTES[Math.floor(row / METHOD_COUNT)] ?? 'unmatched',
  };
}
