import { type ServerResponse } from 'node:http';
import { type CatalogMock, type MockRequest } from '@mock-server/engine';
import { type SentReply, type Source } from '@mock-server/journal';
import { type Workspace } from '@mock-server/workspaces';
import { type RequestHead } from './request-head';
import { type TrafficRequest } from './traffic-request';

/** One request on its way through the pipeline. */
export interface Call {
  readonly incoming: TrafficRequest;
  readonly outgoing: ServerResponse;
  readonly head: RequestHead;
  readonly workspace: Workspace;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** `performance.now()` at arrival. */
  readonly startedAt: number;
  /** What the state actions of this hit wrote, by key: its templates see that, whatever others write meanwhile. */
  readonly written?: ReadonlyMap<string, unknown>;
}

/** As much of a call as a report needs. */
export type Reported = Pick<Call, 'workspace' | 'receivedAt' | 'startedAt'> & Partial<Pick<Call, 'outgoing'>>;

/** What a call came to; handed to journal and metrics, once, for every fate. */
export interface Outcome {
  readonly request: MockRequest;
  readonly source: Source;
  readonly mock?: CatalogMock | undefined;
  readonly reply: SentReply;
  readonly delayMs?: number | undefined;
  readonly note?: string | undefined;
}
