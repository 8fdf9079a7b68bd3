/** The one way out, as far as the AI takes it. */
export interface Outbound {
  /** Resolves when the whole reply is there. */
  fetch(request: OutboundCall): Promise<Response>;
}

export interface OutboundCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  readonly maxReplyBytes: number;
}

/** Injection token of {@link Outbound}: its room is a neighbour, so whoever puts the rooms together hands it in. */
export const AI_OUTBOUND = Symbol('AI_OUTBOUND');
