import { type StateDraft } from './state-draft';
import { textOf } from './template-value';

/** What a template gets from outside: the engine has no clock, no chance and no machine. */
export interface TemplateEnvironment {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** From 0 up to, not including, 1. */
  random(): number;
  /** Where dates without a zone are shown; UTC when not given. */
  readonly timeZone?: string | undefined;
  readonly hostname?: string | undefined;
  /** What `systemValue` may read: only names that begin with {@link systemValuePrefix} are looked up. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** The key-value store, where a template may use it. */
  readonly state?: StateDraft | undefined;
}

export const systemValuePrefix = 'MOCK_VAR_';

export interface TemplatePlace {
  readonly line: number;
  /** Counts from 1. */
  readonly column: number;
}

/** Stops a rendering; becomes the message of its result. */
export class TemplateError extends Error {}

/** Every node costs one step, expensive helpers more by the length of their input. */
export const maxSteps = 100_000;
/** Characters made in one rendering, captured blocks and helper results included. */
export const maxOutput = 16_000_000;
/** Partials within partials. */
export const maxPartialDepth = 32;

/** One rendering: what it may still spend, what it assigned, where it is. */
export class TemplateRun {
  private steps = 0;
  private written = 0;
  /** By `assign` and its like; looked at when no context has the name. */
  readonly assigned = Object.create(null) as Record<string, unknown>;
  private readonly kept = new Map<string, Map<string, unknown>>();
  partialDepth = 0;
  place: TemplatePlace = { line: 1, column: 1 };

  constructor(
    readonly root: unknown,
    readonly environment: TemplateEnvironment,
  ) {}

  step(count = 1): void {
    this.steps += count;
    if (this.steps > maxSteps)
      throw new TemplateError(
        `template budget: more than ${maxSteps} steps; loop over less, or say it with fewer helpers`,
      );
  }

  /** Charges for reading or searching a text of this length. */
  work(characters: number): void {
    this.step(1 + (characters >>> 5));
  }

  /** Charges for what goes through a text several times, or makes as much again. */
  heavyWork(characters: number): void {
    this.step(1 + (characters >>> 4));
  }

  /** Charges for text that is made. Call it before making text whose length an argument decides. */
  write(characters: number): void {
    this.written += characters;
    if (this.written > maxOutput) throw new TemplateError(`template budget: more than ${maxOutput} characters`);
  }

  /** What was made of a text before in this rendering, else made now: documents are parsed once, however many helpers read them. */
  keep<T extends object>(kind: string, text: string, make: () => T): T {
    let known = this.kept.get(kind);
    if (known === undefined) this.kept.set(kind, (known = new Map<string, unknown>()));
    const found = known.get(text);
    if (found !== undefined) return found as T;
    const made = make();
    known.set(text, made);
    return made;
  }

  text(value: unknown): string {
    if (typeof value === 'string') {
      this.write(value.length);
      return value;
    }
    const text = textOf(value);
    if (typeof value === 'object') this.work(text.length);
    this.write(text.length);
    return text;
  }

  /** A whole number from `from` to below `to`. */
  randomInt(from: number, to: number): number {
    return from + Math.floor(this.environment.random() * (to - from));
  }
}

/** Where names are looked up: the context of a loop or `with`, then those around it. */
export class TemplateScope {
  constructor(
    readonly context: unknown,
    readonly parent: TemplateScope | undefined,
    /** Block parameters by name. */
    readonly names: Readonly<Record<string, unknown>> | undefined,
    /** `@index` and its like. */
    readonly frame: Readonly<Record<string, unknown>> | undefined,
  ) {}
}

/** What a helper is called with. */
export interface HelperCall {
  readonly args: readonly unknown[];
  readonly hash: Readonly<Record<string, unknown>>;
  /** The first argument, or the current context when there are none. */
  readonly subject: unknown;
  readonly scope: TemplateScope;
  readonly run: TemplateRun;
  /** Set for `{{#helper}}…{{/helper}}`. */
  readonly block: HelperBlock | undefined;
}

export interface HelperBlock {
  readonly params: readonly string[];
  /** The body, in the same context or in another one. */
  render(inner?: { readonly context: unknown; readonly values?: readonly unknown[]; readonly frame?: Frame }): string;
  /** What follows `{{else}}`. */
  otherwise(): string;
}

export type Frame = Readonly<Record<string, unknown>>;

export type Helper = (call: HelperCall) => unknown;

/** WireMock's way to say that a helper was used wrongly: in the text, and the rest of the template goes on. */
export function inlineError(message: string): string {
  return `[ERROR: ${message}]`;
}
