import { missing } from './json-path-compare';
import { BudgetSpent, compileFinder, follow, isDefinite, plainSegments, Run } from './json-path-evaluate';
import { parseJsonPath, PathSyntaxError, type Condition, type Operand, type PathTree } from './json-path-parser';

export type JsonPathResult = { readonly found: false } | { readonly found: true; readonly values: readonly unknown[] };

export type JsonScalar = string | number | boolean | null;

/** A compiled JSONPath in the dialect of Jayway json-path 2, which WireMock uses. */
export interface JsonPath {
  readonly text: string;
  /** Whether it can find one value only: `$.a.b`, but not `$.a[*]`. */
  readonly isDefinite: boolean;
  /**
   * A definite path finds one value or nothing; any other a list, perhaps an empty one. Own properties only. Work beyond
   * 100,000 steps counts as nothing found. Never throws.
   */
  evaluate(root: unknown): JsonPathResult;
  /** The members and indexes of a path that is nothing but those. */
  readonly equality: { readonly segments: (string | number)[]; readonly value?: JsonScalar } | undefined;
  /** What `$.x[?(@.a.b == 'lit')]` needs to find anything; undefined where no such thing is provable. */
  readonly filterEquality: FilterEquality | undefined;
}

/**
 * A match needs a scalar whose text is that of `value`, at `below` under the node at `at`; where that node is a list, under any of
 * its elements (Jayway filters an object itself, but a list by element).
 */
export interface FilterEquality {
  readonly at: readonly (string | number)[];
  readonly below: readonly (string | number)[];
  readonly value: JsonScalar;
}

export type JsonPathReading =
  | { readonly ok: true; readonly path: JsonPath }
  | { readonly ok: false; readonly message: string; readonly column: number };

const nothing: JsonPathResult = { found: false };
const emptyList: JsonPathResult = { found: true, values: [] };

/** Compiles a JSONPath of at most 2,000 characters; `column` counts from 1. */
export function compileJsonPath(text: string): JsonPathReading {
  try {
    return { ok: true, path: makePath(text, parseJsonPath(text)) };
  } catch (error) {
    if (error instanceof PathSyntaxError) return { ok: false, message: error.message, column: error.column };
    throw error;
  }
}

function makePath(text: string, tree: PathTree): JsonPath {
  const find = compileFinder(tree);
  const isSingle = isDefinite(tree);
  const segments = plainSegments(tree.tokens);
  const notFound = isSingle ? nothing : emptyList;
  return {
    text,
    isDefinite: isSingle,
    equality: segments && { segments },
    filterEquality: filterEqualityOf(tree),
    evaluate: root => {
      const value = segments === undefined ? findIn(root, find) : follow(root, segments);
      if (value === missing) return notFound;
      return { found: true, values: isSingle ? [value] : (value as unknown[]) };
    },
  };
}

function findIn(root: unknown, find: (node: unknown, run: Run) => unknown): unknown {
  try {
    return find(root, new Run(root));
  } catch (error) {
    // A document built in memory can be deep enough to overflow the stack in a comparison.
    if (error instanceof BudgetSpent || error instanceof RangeError) return missing;
    throw error;
  }
}

function filterEqualityOf({ tokens }: PathTree): FilterEquality | undefined {
  const position = tokens.findIndex(token => token.kind === 'filter');
  const token = tokens[position];
  const at = plainSegments(tokens.slice(0, Math.max(0, position)));
  const last = tokens.at(-1);
  // A function makes a value of what is missing too.
  if (token?.kind !== 'filter' || at === undefined || last?.kind === 'function') return undefined;
  return firstEquality(token.condition, at);
}

function firstEquality(condition: Condition, at: readonly (string | number)[]): FilterEquality | undefined {
  if (condition.kind === 'and') {
    for (const part of condition.parts) {
      const found = firstEquality(part, at);
      if (found !== undefined) return found;
    }
  }
  if (condition.kind !== 'compare' || (condition.operator !== '==' && condition.operator !== '===')) return undefined;
  const { left, right } = condition;
  return left.kind === 'path' ? equalityOf(left, right, at) : equalityOf(right, left, at);
}

function equalityOf(path: Operand, literal: Operand, at: readonly (string | number)[]): FilterEquality | undefined {
  if (path.kind !== 'path' || path.path.base !== '@' || literal.kind !== 'literal' || !isTellingScalar(literal.value))
    return undefined;
  const below = plainSegments(path.path.tokens);
  return below && { at, below, value: literal.value };
}

/** `== '2.0'` is true of the number 2 too, whose text is another: such a literal tells nothing. */
function isTellingScalar(value: unknown): value is JsonScalar {
  if (typeof value === 'string')
    return !Number.isFinite(Number(value)) || value.trim() === '' || String(Number(value)) === value;
  return value === null || typeof value === 'number' || typeof value === 'boolean';
}

/** A found value as string matchers see it: texts as they are, objects and lists as compact JSON, the rest as its text. */
export function toJsonText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}
