/** A model that answers in JSON. */
export interface AiProvider {
  readonly model: string;
  /** Never rejects. */
  ask(question: AiQuestion, signal: AbortSignal): Promise<AiReply>;
}

/** Injection token of the one {@link AiProvider}. */
export const AI_PROVIDER = Symbol('AI_PROVIDER');

export interface AiQuestion {
  /** Ours alone: nothing that a client or a user wrote. */
  readonly instructions: string;
  readonly material: string;
  /** JSON Schema of the answer. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly maxOutputTokens: number;
}

export interface Tokens {
  readonly input: number;
  readonly output: number;
}

export type AiReply =
  | { readonly kind: 'answered'; readonly text: string; readonly tokens: Tokens }
  | ({ readonly kind: 'failed' } & AiFault);

export interface AiFault {
  /**
   * `unreachable`: no answer, or none in time; `busy`: overloaded, or too many calls; `unauthorized`: the key is refused;
   * `refused`: this question is; `unusable`: an answer that is none; `aborted`: nobody waits for it any more.
   */
  readonly fault: 'unreachable' | 'busy' | 'unauthorized' | 'refused' | 'unusable' | 'aborted';
  /** For people, public: no key, no address, no text of the provider or of a question. */
  readonly detail: string;
  readonly retryAfterSeconds?: number | undefined;
  /** What it cost all the same. */
  readonly tokens?: Tokens | undefined;
}
