import { compileJsonEquality } from './json-equality';
import { compileJsonPath, toJsonText, type JsonPath } from './json-path';
import { readJson } from './json-value';
import { at } from './mistake';
import { absentSubject, TextBudget, TextSubject } from './mock-request';
import { done, mistake, type Equality, type MatcherCompiler, type ValueMatcher } from './matcher';

const equalToJson: MatcherCompiler = ({ pattern, pointer }) => {
  const operand = pattern['equalToJson'];
  const reading = typeof operand === 'string' ? readJson(operand) : { isJson: true as const, value: operand };
  if (!reading.isJson) return mistake(at(pointer, 'equalToJson'), 'is not valid JSON');
  const compiled = compileJsonEquality(reading.value, {
    ignoreArrayOrder: pattern['ignoreArrayOrder'] === true,
    ignoreExtraElements: pattern['ignoreExtraElements'] === true,
  });
  if (!compiled.ok) return mistake(at(pointer, 'equalToJson'), compiled.message);
  return done({
    matches: ({ json }) => json.isJson && compiled.equals(json.value),
    expected: `[equalToJson] ${typeof operand === 'string' ? operand : JSON.stringify(operand)}`,
    equality: compiled.required,
  });
};

const matchesJsonPath: MatcherCompiler = ({ pattern, pointer, compileNested }) => {
  const operand = pattern['matchesJsonPath'];
  const here = at(pointer, 'matchesJsonPath');
  if (typeof operand === 'string') {
    const path = compileJsonPath(operand);
    return path.ok ? done(presence(path.path)) : mistake(here, `${path.message} (column ${path.column})`);
  }
  if (
    typeof operand !== 'object' ||
    operand === null ||
    !('expression' in operand) ||
    typeof operand.expression !== 'string'
  ) {
    return mistake(here, 'takes a JSONPath as text, or { "expression": "$.a", <matcher> }');
  }
  const path = compileJsonPath(operand.expression);
  if (!path.ok) return mistake(at(here, 'expression'), `${path.message} (column ${path.column})`);
  const { expression: _, ...rest } = operand;
  if (Object.keys(rest).length === 0) return done(presence(path.path));
  const inner = compileNested(rest, here);
  return inner.ok ? done(nested(path.path, inner.value, 'absent' in rest)) : inner;
};

export const jsonMatchers: readonly (readonly [string, MatcherCompiler])[] = [
  ['equalToJson', equalToJson],
  ['matchesJsonPath', matchesJsonPath],
];

/** WireMock's plain form: something is found, and it is neither null nor an empty object or list. */
function presence(path: JsonPath): ValueMatcher {
  const { filterEquality } = path;
  return {
    matches: ({ json }) => {
      if (!json.isJson) return false;
      const result = path.evaluate(json.value);
      if (!result.found) return false;
      return path.isDefinite ? isSomething(result.values[0]) : result.values.length > 0;
    },
    expected: `[matchesJsonPath] ${path.text}`,
    ...(filterEquality !== undefined
      ? {
          equality: [
            { segments: filterEquality.at, below: filterEquality.below, value: toJsonText(filterEquality.value) },
          ],
        }
      : {}),
  };
}

function isSomething(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** The nested form: some value found there matches. `absent` alone matches when nothing is found (WireMock's AbsentPattern). */
function nested(path: JsonPath, inner: ValueMatcher, isAbsence: boolean): ValueMatcher {
  return {
    matches: ({ json, budget: outer, now }) => {
      if (!json.isJson) return false;
      const result = path.evaluate(json.value);
      const values = result.found ? valuesOf(path, result.values) : [];
      if (values.length === 0) return isAbsence && inner.matches(absentSubject);
      const budget = outer ?? new TextBudget();
      // A path within a path parses what the outer one made into text.
      const cost = outer === undefined ? 1 : 4;
      for (const value of values) {
        const text = toJsonText(value);
        if (!budget.take(text.length * cost)) return false;
        if (inner.matches(new TextSubject(text, budget, now))) return true;
      }
      return false;
    },
    expected: `[matchesJsonPath] ${path.text} ${inner.expected}`,
    ...equalityBelow(path, inner),
  };
}

function valuesOf(path: JsonPath, values: readonly unknown[]): readonly unknown[] {
  const found = path.isDefinite && Array.isArray(values[0]) ? [values[0], ...(values[0] as unknown[])] : values;
  return found.filter(value => value !== null && value !== undefined);
}

function equalityBelow(path: JsonPath, inner: ValueMatcher): { equality?: readonly Equality[] } {
  const segments = path.isDefinite ? path.equality?.segments : undefined;
  if (segments === undefined || inner.equality === undefined) return {};
  // Only equality of the whole value: a text that holds JSON is looked into by a nested matcher, but not by the index.
  // A list at the path is matched by any of its elements: reading a key offers those too.
  return {
    equality: inner.equality
      .filter(equality => equality.segments === undefined)
      .map(({ value }) => ({ segments, value })),
  };
}
