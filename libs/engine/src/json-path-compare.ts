import { type LinearRegex } from './linear-regex';
import { type Operator } from './json-path-parser';

/** What a path that leads nowhere gives inside a filter: unlike null, it equals nothing. */
export const missing: unique symbol = Symbol('missing');

/** Counts work against the budget of the evaluation; throws when that is spent. */
export type Spend = (steps: number) => void;

export type Comparison = (left: unknown, right: unknown, spend: Spend) => boolean;

/**
 * Comparisons as Jayway json-path 2.10 makes them, checked against it: a number and a text are equal when one reads as the other
 * (`2 == '2.0'`); `===` wants one type; `<` compares number with number or text with text; null equals null only.
 */
export const comparisons: Readonly<Record<Exclude<Operator, '=~'>, Comparison>> = {
  '==': isEqual,
  '!=': (left, right, spend) => !isEqual(left, right, spend),
  '===': isSame,
  '!==': (left, right, spend) => !isSame(left, right, spend),
  '<': ordered((left, right) => left < right),
  '<=': ordered((left, right) => left <= right),
  '>': ordered((left, right) => left > right),
  '>=': ordered((left, right) => left >= right),
  in: (left, right, spend) => Array.isArray(right) && holds(right, left, spend),
  nin: (left, right, spend) => !(Array.isArray(right) && holds(right, left, spend)),
  subsetof: onLists((left, right, spend) => left.every(each => holds(right, each, spend))),
  anyof: onLists((left, right, spend) => left.some(each => holds(right, each, spend))),
  noneof: onLists((left, right, spend) => !left.some(each => holds(right, each, spend))),
  all: onLists((left, right, spend) => right.every(each => holds(left, each, spend))),
  size: (left, right) => (typeof left === 'string' || Array.isArray(left)) && left.length === right,
  empty: (left, right) =>
    (typeof left === 'string' || Array.isArray(left)) && typeof right === 'boolean' && (left.length === 0) === right,
  contains: (left, right, spend) => {
    if (typeof left !== 'string') return Array.isArray(left) && holds(left, right, spend);
    spend(left.length >> 6);
    return typeof right === 'string' && left.includes(right);
  },
};

/** `=~`: the whole text matches; any element of a list; null and nothing count as the empty text. */
export function matchesRegex(regex: LinearRegex, value: unknown, spend: Spend): boolean {
  const matches = (each: unknown): boolean => {
    const text = typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean' ? String(each) : '';
    spend(1 + (text.length >> 4));
    return regex.matchesWhole(text);
  };
  return Array.isArray(value) ? value.some(matches) : matches(value);
}

function holds(list: readonly unknown[], value: unknown, spend: Spend): boolean {
  return list.some(each => isEqual(value, each, spend));
}

function isEqual(left: unknown, right: unknown, spend: Spend): boolean {
  if (left === missing || right === missing) return false;
  if (typeof left === 'number' && typeof right === 'string') return decimal.test(right) && Number(right) === left;
  if (typeof left === 'string' && typeof right === 'number') return left === String(right);
  return isDeepEqual(left, right, spend);
}

const decimal = /^[+-]?(?:\d{1,300}\.?\d{0,300}|\.\d{1,300})(?:[eE][+-]?\d{1,9})?$/;

function isSame(left: unknown, right: unknown, spend: Spend): boolean {
  return left !== missing && right !== missing && isDeepEqual(left, right, spend);
}

function isDeepEqual(left: unknown, right: unknown, spend: Spend): boolean {
  spend(typeof left === 'string' ? 1 + (left.length >> 6) : 1);
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((each, i) => isDeepEqual(each, right[i], spend))
    );
  }
  if (Array.isArray(right)) return false;
  const keys = Object.keys(left);
  spend(keys.length);
  return (
    keys.length === Object.keys(right).length &&
    keys.every(key => Object.hasOwn(right, key) && isDeepEqual(member(left, key), member(right, key), spend))
  );
}

function member(holder: object, key: string): unknown {
  return (holder as Record<string, unknown>)[key];
}

function ordered(isOrdered: (left: number | string, right: number | string) => boolean): Comparison {
  return (left, right) =>
    ((typeof left === 'number' && typeof right === 'number') ||
      (typeof left === 'string' && typeof right === 'string')) &&
    isOrdered(left, right);
}

function onLists(isTrue: (left: readonly unknown[], right: readonly unknown[], spend: Spend) => boolean): Comparison {
  return (left, right, spend) => Array.isArray(left) && Array.isArray(right) && isTrue(left, right, spend);
}
