/** A call to a service of the server's own, whose address stands in the settings. */
export interface ServiceRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** A longer reply is an error. */
  readonly maxReplyBytes: number;
}
