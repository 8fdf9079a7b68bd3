import { dateMatchers } from './date-matcher';
import { jsonMatchers } from './json-matcher';
import { jsonSchemaMatchers } from './json-schema-matcher';
import { isObject } from './is-object';
import { jwtMatchers } from './jwt-matcher';
import { done, mistake, type Compiled, type MatcherCompiler, type ValueMatcher } from './matcher';
import { at } from './mistake';
import { textMatchers } from './text-matcher';
import { xmlMatchers } from './xml-matcher';

export const maxPatternDepth = 20;

const not: MatcherCompiler = ({ pattern, pointer, compileNested }) => {
  const inner = compileNested(pattern['not'], at(pointer, 'not'));
  if (!inner.ok) return inner;
  return done({ matches: subject => !inner.value.matches(subject), expected: `[not] ${inner.value.expected}` });
};

function listMatcher(name: 'and' | 'or'): MatcherCompiler {
  return ({ pattern, pointer, compileNested }) => {
    const operands = pattern[name];
    if (!Array.isArray(operands) || operands.length === 0)
      return mistake(at(pointer, name), 'takes a list of matchers');
    const parts = operands.map((operand, i) => compileNested(operand, at(at(pointer, name), i)));
    const mistakes = parts.flatMap(part => (part.ok ? [] : part.mistakes));
    if (mistakes.length > 0) return { ok: false, mistakes };
    const matchers = parts.flatMap(part => (part.ok ? [part.value] : []));
    const expected = matchers.map(matcher => matcher.expected).join(` [${name}] `);
    if (name === 'or')
      return done({ matches: subject => matchers.some(matcher => matcher.matches(subject)), expected });
    const equality = matchers.flatMap(matcher => matcher.equality ?? []);
    return done({ matches: subject => matchers.every(matcher => matcher.matches(subject)), expected, equality });
  };
}

const compilers: ReadonlyMap<string, MatcherCompiler> = new Map<string, MatcherCompiler>([
  ...textMatchers,
  ...jsonMatchers,
  ...jsonSchemaMatchers,
  ...xmlMatchers,
  ...dateMatchers,
  ...jwtMatchers,
  ['not', not],
  ['and', listMatcher('and')],
  ['or', listMatcher('or')],
]);

/** Keys that stand beside a matcher and change how it compares. */
const options = new Set([
  'caseInsensitive',
  'ignoreArrayOrder',
  'ignoreExtraElements',
  'schemaVersion',
  'enablePlaceholders',
  'placeholderOpeningDelimiterRegex',
  'placeholderClosingDelimiterRegex',
  'exemptedComparisons',
  'ignoreOrderOfSameNode',
  'namespaceAwareness',
  'xPathNamespaces',
  'actualFormat',
  'truncateActual',
  'truncateExpected',
  'applyTruncationLast',
  'expectedOffset',
  'expectedOffsetUnit',
]);

/**
 * Compiles one content pattern, e.g. `{ "equalTo": "x", "caseInsensitive": true }`. An unknown matcher is a mistake:
 * ignoring it would make the mock match too much.
 */
export function compileValueMatcher(pattern: unknown, pointer: string, depth = 0): Compiled<ValueMatcher> {
  if (!isObject(pattern)) return mistake(pointer, 'takes a matcher such as { "equalTo": "…" }');
  if (depth > maxPatternDepth) return mistake(pointer, `is nested deeper than ${maxPatternDepth} matchers`);
  const names = Object.keys(pattern).filter(key => !options.has(key));
  const known = [...compilers.keys()].join(', ');
  const unknown = names.filter(name => !compilers.has(name));
  if (unknown.length > 0) {
    return {
      ok: false,
      mistakes: unknown.map(name => ({
        pointer: at(pointer, name),
        message: `is not a matcher of this version; known are ${known}`,
      })),
    };
  }
  if (names.length === 0) return mistake(pointer, `names no matcher; known are ${known}`);
  if (names.length > 1)
    return mistake(pointer, `names ${names.length} matchers (${names.join(', ')}); put them in "and": [ … ]`);
  const compileNested = (inner: unknown, at: string): Compiled<ValueMatcher> =>
    compileValueMatcher(inner, at, depth + 1);
  return compilers.get(names[0]!)!({ pattern, pointer, compileNested });
}
