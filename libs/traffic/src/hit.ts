import { type CatalogMock, type MockRequest, type Reply } from '@mock-server/engine';
import { type Delivery } from './deliver';

/** A call that a mock answers, and how. */
export interface Hit {
  readonly request: MockRequest;
  readonly mock: CatalogMock;
  readonly reply: Reply;
  /** What the reply waited for. */
  readonly delayMs: number;
  /** Undefined: at once and whole. */
  readonly delivery: Delivery | undefined;
}
