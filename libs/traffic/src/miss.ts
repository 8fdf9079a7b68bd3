import { type Readable } from 'node:stream';
import { type MockRequest } from '@mock-server/engine';

/** A request that no mock answers. */
export interface Miss {
  readonly request: MockRequest;
  /** The bytes, or the socket when nothing needed them. */
  readonly body: Readable | Uint8Array;
}
