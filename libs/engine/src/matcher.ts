import { at, type Mistake } from './mistake';
import { type Subject } from './mock-request';

/** A compiled content pattern: one condition on one value. Never throws. */
export interface ValueMatcher {
  matches(subject: Subject): boolean;
  /** The condition in words, as near misses show it: `[contains] json`. */
  readonly expected: string;
  /** What the value must contain for a match, when that is provable: lets an index tell mocks apart. */
  readonly equality?: readonly Equality[];
}

/** A match needs `value` at `segments` of the JSON value; no segments: the whole text equals `value`. */
export interface Equality {
  readonly segments?: readonly (string | number)[];
  /** Set when `segments` may lead to a list, of which any element has the value at `below`. */
  readonly below?: readonly (string | number)[];
  readonly value: string;
}

export type Compiled<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Where a matcher stands: the whole pattern (for its options), its JSON Pointer, and how to compile a matcher inside it. */
export interface MatcherPlace {
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly pointer: string;
  readonly compileNested: (pattern: unknown, pointer: string) => Compiled<ValueMatcher>;
}

export type MatcherCompiler = (place: MatcherPlace) => Compiled<ValueMatcher>;

export function mistake(pointer: string, message: string): { ok: false; mistakes: Mistake[] } {
  return { ok: false, mistakes: [{ pointer, message }] };
}

export function done<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

/** The text operand of a matcher. WireMock reads numbers and booleans where text is expected as their text. */
export function textOperand(place: MatcherPlace, name: string): Compiled<string> {
  const value = place.pattern[name];
  if (typeof value === 'string') return done(value);
  if (typeof value === 'number' || typeof value === 'boolean') return done(String(value));
  return mistake(at(place.pointer, name), 'takes a text');
}
