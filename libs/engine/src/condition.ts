import { type EqualityKey } from './equality-key';
import { type MockRequest } from './mock-request';

/** One condition on one part of the request, apart from method and URL. */
export interface Condition {
  /** As a near miss names it: `header X-Env`, `query parameter page`, `body`. */
  readonly part: string;
  readonly expected: string;
  readonly needsBody: boolean;
  holds(request: MockRequest): boolean;
  /** What the request has there, for near misses; undefined when it has nothing. */
  actual(request: MockRequest): string | undefined;
}

/** Conditions that stand together, and the values that a request must have for them. */
export interface ConditionGroup {
  readonly conditions: readonly Condition[];
  readonly keys: readonly EqualityKey[];
}
