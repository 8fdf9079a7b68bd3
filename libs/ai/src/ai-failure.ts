/** Why there is no generated answer, as a code of the table of problems. */
export interface AiFailure {
  readonly kind: 'failed';
  readonly problem: 'ai-busy' | 'ai-budget-spent' | 'ai-failed' | 'ai-unavailable' | 'draining';
  /** For the client: what happened and what to do about it. No key, no address, no text of the model. */
  readonly detail: string;
  /** Undefined: as the table of problems has it. */
  readonly retryAfterSeconds?: number | undefined;
}

export function failed(problem: AiFailure['problem'], detail: string, retryAfterSeconds?: number): AiFailure {
  return { kind: 'failed', problem, detail, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}
