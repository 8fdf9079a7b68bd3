import { decide } from './template-arguments';
import { JavaDouble, numberOf } from './template-number';
import { TemplateError, type Helper } from './template-run';
import { isTruthy, special } from './template-value';

/** Conditions: alone, with `yes=` and `no=`, in brackets, or as blocks. */
export const compareHelpers: Readonly<Record<string, Helper>> = {
  eq: call => decide(call, isEqual(call.subject, call.args[1])),
  neq: call => decide(call, !isEqual(call.subject, call.args[1])),
  gt: call => decide(call, compare(call.subject, call.args[1]) > 0),
  gte: call => decide(call, compare(call.subject, call.args[1]) >= 0),
  lt: call => decide(call, compare(call.subject, call.args[1]) < 0),
  lte: call => decide(call, compare(call.subject, call.args[1]) <= 0),
  and: call => decide(call, isTruthy(call.subject) && call.args.every(isTruthy)),
  or: call => decide(call, isTruthy(call.subject) || call.args.some(isTruthy)),
  not: call => decide(call, !isTruthy(call.subject)),
  isEven: ({ subject, args }) => (isMultiple(subject, 0) ? (args[1] ?? 'even') : ''),
  isOdd: ({ subject, args }) => (isMultiple(subject, 1) ? (args[1] ?? 'odd') : ''),
  stripes: ({ subject, args }) => (isMultiple(subject, 0) ? (args[1] ?? 'even') : (args[2] ?? 'odd')),
};

function isMultiple(value: unknown, rest: 0 | 1): boolean {
  const number = numberOf(value);
  return number !== undefined && Math.abs(number % 2) === rest;
}

const maxDepth = 100;

/** By value, as Java's `equals`: the text '1' is not the number 1, and a header's list of values is not a text. */
function isEqual(a: unknown, b: unknown, depth = 0): boolean {
  if ((a ?? undefined) === (b ?? undefined)) return true;
  const x = numberOf(a);
  if (x !== undefined) return x === numberOf(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || depth > maxDepth) return false;
  if (a instanceof JavaDouble || b instanceof JavaDouble || special in a || special in b) return false;
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every(
      key =>
        Object.hasOwn(b, key) &&
        isEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], depth + 1),
    )
  );
}

function compare(a: unknown, b: unknown): number {
  const x = numberOf(a);
  const y = numberOf(b);
  if (x !== undefined && y !== undefined) return x - y;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  throw new TemplateError('compares values of two kinds, or one that does not exist; compare numbers or texts');
}
