import { addDuration, countOf, HISTOGRAM_SIZE } from './histogram';
import * as labels from './request-labels';
import type { Cell } from './series-budget';

interface AdminRoute {
  readonly method: string;
  readonly route: string;
  readonly statuses: Map<string, number>;
  readonly durations: Float64Array;
}

/** The admin API has fewer routes than this; more means that somebody passed paths instead of templates. */
const MAX_ROUTES = 300;
const OTHER_ROUTES = 'admin';

/** Counts of admin requests by route template. */
export class AdminCounts {
  private readonly routes = new Map<string, AdminRoute>();

  record(method: string, route: string, status: number, seconds: number): void {
    const entry = this.routeOf(labels.METHODS[labels.methodIndex(method)] ?? 'OTHER', route);
    const statusText = labels.statusOfSlot(labels.statusSlot(status));
    entry.statuses.set(statusText, (entry.statuses.get(statusText) ?? 0) + 1);
    addDuration(entry.durations, 0, seconds);
  }

  private routeOf(method: string, route: string): AdminRoute {
    const key = `${method} ${route}`;
    const known = this.routes.get(key);
    if (known) return known;
    if (this.routes.size >= MAX_ROUTES && route !== OTHER_ROUTES) return this.routeOf('OTHER', OTHER_ROUTES);
    const added = { method, route, statuses: new Map<string, number>(), durations: new Float64Array(HISTOGRAM_SIZE) };
    this.routes.set(key, added);
    return added;
  }

  statusCells(): Cell<number>[] {
    return [...this.routes.values()].flatMap(({ method, route, statuses }) =>
      [...statuses].map(([status, count]) => ({
        key: `${method} ${route} ${status}`,
        labels: { method, route, status_code: status },
        overflowLabels: { method: 'OTHER', route: OTHER_ROUTES, status_code: labels.statusClass(status) },
        weight: count,
        value: count,
      })),
    );
  }

  durationCells(): Cell<Float64Array>[] {
    return [...this.routes.values()].map(({ method, route, durations }) => ({
      key: `${method} ${route}`,
      labels: { method, route },
      overflowLabels: { method: 'OTHER', route: OTHER_ROUTES },
      weight: countOf(durations),
      value: durations,
    }));
  }
}
