import { PROBLEMS, type ProblemCode } from './problems';

export interface ProblemOptions {
  /** One or two sentences for the caller: what is wrong and what to do next. Never a stack, SQL, path or secret. */
  readonly detail?: string;
  /** Further members of the answer, such as `mistakes`. The standard members win. */
  readonly extras?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log only. */
  readonly cause?: unknown;
}

/** One mistake in what the caller sent: where (JSON Pointer, '' is the whole) and what. */
export interface ProblemMistake {
  readonly pointer: string;
  readonly message: string;
}

/** An answer that is not a success: `throw new Problem('mock-not-found', { detail: 'No mock has id …' })`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly problem: ProblemCode;
  readonly detail: string | undefined;
  readonly extras: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.problem = code;
    this.detail = options.detail;
    this.extras = options.extras ?? {};
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return PROBLEMS[this.problem].status;
  }
}
