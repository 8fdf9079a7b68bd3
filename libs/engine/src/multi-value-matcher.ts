import { isObject } from './is-object';
import { mistake, type Compiled, type Equality, type ValueMatcher } from './matcher';
import { at } from './mistake';
import { absentSubject, TextSubject, type Subject } from './mock-request';
import { compileValueMatcher } from './value-matcher';

/** A condition on something that may occur several times: a header, a query, form or cookie value. */
export interface MultiValueMatcher {
  matches(values: readonly Subject[]): boolean;
  readonly expected: string;
  readonly equality?: readonly Equality[];
}

export function matchesAny(matcher: MultiValueMatcher, values: readonly string[], now?: number): boolean {
  return matcher.matches(values.map(value => new TextSubject(value, undefined, now)));
}

const absentOnly: readonly Subject[] = [absentSubject];

/**
 * A plain matcher takes any of the values (and sees "absent" when there is none); `hasExactly` wants each matcher to be met and
 * each value to be claimed; `includes` wants each matcher to be met (WireMock's multi-value patterns).
 */
export function compileMultiValueMatcher(pattern: unknown, pointer: string): Compiled<MultiValueMatcher> {
  if (isObject(pattern) && pattern['hasExactly'] !== undefined)
    return compileList('hasExactly', pattern['hasExactly'], pointer);
  if (isObject(pattern) && pattern['includes'] !== undefined)
    return compileList('includes', pattern['includes'], pointer);
  const compiled = compileValueMatcher(pattern, pointer);
  if (!compiled.ok) return compiled;
  const matcher = compiled.value;
  return {
    ok: true,
    value: {
      matches: values => (values.length === 0 ? absentOnly : values).some(value => matcher.matches(value)),
      expected: matcher.expected,
      ...(matcher.equality !== undefined ? { equality: matcher.equality } : {}),
    },
  };
}

function compileList(name: 'hasExactly' | 'includes', operands: unknown, pointer: string): Compiled<MultiValueMatcher> {
  const here = at(pointer, name);
  if (!Array.isArray(operands)) return mistake(here, 'takes a list of matchers');
  const parts = operands.map((operand, i) => compileValueMatcher(operand, at(here, i)));
  const mistakes = parts.flatMap(part => (part.ok ? [] : part.mistakes));
  if (mistakes.length > 0) return { ok: false, mistakes };
  const matchers: ValueMatcher[] = parts.flatMap(part => (part.ok ? [part.value] : []));
  const expected = `[${name}] ${matchers.map(matcher => matcher.expected).join(', ')}`;
  const each = (values: readonly Subject[]): boolean =>
    matchers.every(matcher => values.some(value => matcher.matches(value)));
  if (name === 'includes') return { ok: true, value: { matches: each, expected } };
  return {
    ok: true,
    value: {
      matches: values =>
        values.length === matchers.length &&
        each(values) &&
        values.every(value => matchers.some(matcher => matcher.matches(value))),
      expected,
    },
  };
}
