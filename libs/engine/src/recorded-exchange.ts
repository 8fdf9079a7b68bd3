import { type MockRequest } from './mock-request';

/** A request and the whole answer to it, as a recording keeps them. */
export interface RecordedExchange {
  /** As the journal names it. */
  readonly id: string;
  readonly request: MockRequest;
  /** The same before secrets were taken out of it. Looked at, never stored. */
  readonly raw?: MockRequest | undefined;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** How long the backend took. */
  readonly tookMs: number;
  /** A backend answered. */
  readonly isProxied: boolean;
  /** Headers as name, value, …; the body without its Content-Encoding. */
  readonly reply: { readonly status: number; readonly headers: readonly string[]; readonly body: Uint8Array };
}
