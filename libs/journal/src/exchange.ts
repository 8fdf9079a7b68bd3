import { type CatalogMock, type MockRequest, type SentBytes } from '@mock-server/engine';

/** Where the reply came from. */
export type Source = 'mock' | 'proxy' | 'ai' | 'none';

/** What went out, as far as the journal keeps it: the body is cut at the journal's limit. */
export type SentReply = SentBytes;

/** What happened beside an exchange, such as a webhook that was sent: WireMock's sub-event. */
export interface SubEvent {
  readonly type: 'REQUEST_NOT_MATCHED' | 'WEBHOOK_REQUEST' | 'WEBHOOK_RESPONSE' | 'WARNING' | 'ERROR';
  /** From arrival on. */
  readonly timeOffsetNanos: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One request, its reply, and where the reply came from. */
export interface Exchange {
  readonly workspaceId: string;
  readonly request: MockRequest;
  /** Milliseconds since 1970, when the request had arrived. */
  readonly receivedAt: number;
  /**
   * When it was written down, on a clock that all exchanges of one journal share, in milliseconds: `performance.now()` in a replica's
   * own, Redis's in what replicas share. It decides their order.
   */
  readonly writtenAt: number;
  readonly source: Source;
  readonly mock: CatalogMock | undefined;
  readonly reply: SentReply;
  readonly delayMs: number;
  /** From arrival until the reply was handed to the socket. */
  readonly tookMs: number;
  /** A fate worth telling: `client gone`, `backend broke off`, … */
  readonly note: string | undefined;
}
