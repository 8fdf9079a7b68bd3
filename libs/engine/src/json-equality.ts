import { compileRegex, type LinearRegex } from './linear-regex';
import { isObject } from './is-object';
import { scalarText } from './json-value';
import { type Equality } from './matcher';

export interface JsonEqualityOptions {
  readonly ignoreArrayOrder: boolean;
  readonly ignoreExtraElements: boolean;
}

export type JsonEquality =
  | { readonly ok: true; equals(given: unknown): boolean; readonly required: readonly Equality[] }
  | { readonly ok: false; readonly message: string };

type Test = (given: unknown, work: Work) => boolean;

/** What one comparison may still do; it says no when that is used up. */
interface Work {
  left: number;
}

/** Matching lists in any order tries pairs: beyond this many the comparison says no instead of taking too long. */
const maxPairings = 200_000;
/** Values compared in one comparison: lists in lists multiply their pairs. */
const maxComparisons = 1_500_000;

/** An index needs a few telling fields, not all. */
const maxRequired = 16;

/**
 * WireMock's `equalToJson` (json-unit): numbers by value, members in any order, and the placeholders `${json-unit.ignore}`,
 * `${json-unit.any-string}`, `any-number`, `any-boolean`, `regex` and `ignore-element`.
 */
export function compileJsonEquality(expected: unknown, options: JsonEqualityOptions): JsonEquality {
  const problems: string[] = [];
  const test = compile(expected, options, problems);
  if (problems.length > 0) return { ok: false, message: problems[0]! };
  const required: Equality[] = [];
  collectRequired(expected, [], required);
  return { ok: true, equals: given => test(given, { left: maxComparisons }), required };
}

function compile(expected: unknown, options: JsonEqualityOptions, problems: string[]): Test {
  if (typeof expected === 'string') return compileText(expected, problems);
  if (Array.isArray(expected))
    return compileList(
      expected.map(element => compile(element, options, problems)),
      options,
    );
  if (isObject(expected)) return compileObject(expected, options, problems);
  return given => given === expected;
}

const placeholder = /^\$\{json-unit\.([a-z-]+)\}(.*)$/s;
const typeTests: Readonly<Record<string, Test>> = {
  'any-string': given => typeof given === 'string',
  'any-number': given => typeof given === 'number',
  'any-boolean': given => typeof given === 'boolean',
  ignore: () => true,
  'ignore-element': () => true,
};

function compileText(expected: string, problems: string[]): Test {
  const found = placeholder.exec(expected);
  if (found === null) return given => given === expected;
  const [, name = '', rest = ''] = found;
  if (name === 'regex') {
    const compiled = compileRegex(rest);
    if (!compiled.ok) {
      problems.push(`holds a regular expression that cannot be used: ${compiled.message}`);
      return () => false;
    }
    const regex: LinearRegex = compiled.regex;
    return (given, work) =>
      typeof given === 'string' && (work.left -= given.length >> 2) >= 0 && regex.matchesWhole(given);
  }
  return Object.hasOwn(typeTests, name) ? typeTests[name]! : given => given === expected;
}

function compileObject(expected: Record<string, unknown>, options: JsonEqualityOptions, problems: string[]): Test {
  const members = Object.entries(expected).map(([key, value]) => ({
    key,
    mayBeMissing: value === '${json-unit.ignore-element}',
    test: compile(value, options, problems),
  }));
  const known = new Set(members.map(member => member.key));
  return (given, work) => {
    if (!isObject(given) || (work.left -= members.length) < 0) return false;
    for (const { key, mayBeMissing, test } of members) {
      if (!Object.hasOwn(given, key)) {
        if (!mayBeMissing) return false;
      } else if (!test(given[key], work)) return false;
    }
    return options.ignoreExtraElements || Object.keys(given).every(key => known.has(key));
  };
}

function compileList(elements: readonly Test[], { ignoreArrayOrder, ignoreExtraElements }: JsonEqualityOptions): Test {
  return (given, work) => {
    if (!Array.isArray(given) || (work.left -= elements.length) < 0) return false;
    if (given.length < elements.length || (given.length > elements.length && !ignoreExtraElements)) return false;
    return ignoreArrayOrder ? canPair(elements, given, work) : elements.every((test, i) => test(given[i], work));
  };
}

/** Whether every expected element finds an element of its own: bipartite matching by augmenting paths. */
function canPair(elements: readonly Test[], given: readonly unknown[], work: Work): boolean {
  if (elements.length * given.length > maxPairings || (work.left -= elements.length * given.length) < 0) return false;
  const candidates = elements.map(test => given.flatMap((value, i) => (test(value, work) ? [i] : [])));
  const owner = new Array<number>(given.length).fill(-1);
  const assign = (element: number, seen: Set<number>): boolean => {
    for (const i of candidates[element]!) {
      if (seen.has(i) || --work.left < 0) continue;
      seen.add(i);
      if (owner[i] === -1 || assign(owner[i]!, seen)) {
        owner[i] = element;
        return true;
      }
    }
    return false;
  };
  return elements.every((_, element) => assign(element, new Set()));
}

function collectRequired(expected: unknown, segments: readonly string[], required: Equality[]): void {
  if (!isObject(expected) || required.length >= maxRequired || segments.length > 4) return;
  for (const [key, value] of Object.entries(expected)) {
    const text = scalarText(value);
    if (text === undefined) collectRequired(value, [...segments, key], required);
    else if (required.length < maxRequired && !text.startsWith('${json-unit.'))
      required.push({ segments: [...segments, key], value: text });
  }
}
