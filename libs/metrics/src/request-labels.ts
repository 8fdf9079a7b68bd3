export type TrafficSource = 'mock' | 'proxy' | 'ai' | 'none';

export const SOURCES = ['mock', 'proxy', 'ai', 'none'] as const satisfies readonly TrafficSource[];

/** The `route` label of traffic, by source. */
export const TRAFFIC_ROUTES = ['mock', 'proxy', 'ai', 'unmatched'] as const;

/** The `method` label; any other method is the last one. */
export const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'OTHER'] as const;

const MIN_STATUS = 100;
const MAX_STATUS = 599;
/** One slot a status, and one for what is none. */
export const STATUS_SLOTS = MAX_STATUS - MIN_STATUS + 2;

export function sourceIndex(source: TrafficSource): number {
  switch (source) {
    case 'mock':
      return 0;
    case 'proxy':
      return 1;
    case 'ai':
      return 2;
    case 'none':
      return 3;
  }
}

export function methodIndex(method: string): number {
  switch (method) {
    case 'GET':
      return 0;
    case 'POST':
      return 1;
    case 'PUT':
      return 2;
    case 'DELETE':
      return 3;
    case 'PATCH':
      return 4;
    case 'HEAD':
      return 5;
    case 'OPTIONS':
      return 6;
    default:
      return 7;
  }
}

export function statusSlot(status: number): number {
  return Number.isInteger(status) && status >= MIN_STATUS && status <= MAX_STATUS
    ? status - MIN_STATUS
    : STATUS_SLOTS - 1;
}

export function statusOfSlot(slot: number): string {
  return slot === STATUS_SLOTS - 1 ? 'other' : String(slot + MIN_STATUS);
}

/** `404` -> `4xx`: under which a status is counted when there are too many. */
export function statusClass(status: string): string {
  return status === 'other' ? status : `${status.charAt(0)}xx`;
}
