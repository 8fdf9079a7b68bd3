import { boundedNumber, requireValue, wholeNumber } from './template-arguments';
import { inlineError, TemplateError, type Helper, type TemplateRun } from './template-run';
import { listOf, membersOf } from './template-value';

/** The longest list a helper makes. */
export const maxListLength = 100_000;

const outOfBounds = 'position must be greater than or equal to 0 and less than or equal to the size of the list';

/** WireMock's helpers on lists. A list that was given is never changed. */
export const listHelpers: Readonly<Record<string, Helper>> = {
  size: call => {
    const value = requireValue(call, call.subject);
    if (typeof value === 'string') return value.length;
    const list = listOf(value);
    if (list !== undefined) return list.length;
    const members = membersOf(value);
    return members === undefined ? '' : Object.keys(members).length;
  },
  range: ({ args, run }) => {
    if (args.length < 2)
      return inlineError('The range helper requires both lower and upper bounds as integer parameters');
    const from = wholeNumber(args[0], 'the start of range');
    const to = wholeNumber(args[1], 'the end of range');
    if (to < from) throw new TemplateError('the end of range is below its start');
    const length = boundedNumber(to - from + 1, 'the length of range', maxListLength);
    run.step(length >>> 4);
    return Array.from({ length }, (_, i) => from + i);
  },
  array: ({ args }) => args.filter(one => one !== undefined && one !== null),
  arrayAdd: ({ args, hash, run }) => {
    if (args.length < 2) return inlineError('Missing required parameter: additional value to add to list');
    const list = givenList(args[0], 'arrayAdd');
    if (list === undefined) return [];
    run.step(list.length >>> 3);
    const at = positionOf(hash['position'] ?? 'end', list.length);
    if (typeof at === 'string') return inlineError(at);
    return at > list.length ? inlineError(outOfBounds) : list.toSpliced(at, 0, args[1]);
  },
  arrayRemove: ({ subject, hash, run }) => {
    const list = givenList(subject, 'arrayRemove');
    if (list === undefined) return [];
    run.step(list.length >>> 3);
    const at = positionOf(hash['position'] ?? 'end', list.length - 1);
    if (typeof at === 'string') return inlineError(at);
    if (list.length === 0) throw new TemplateError('arrayRemove was given an empty list');
    return at >= list.length ? inlineError(outOfBounds) : list.toSpliced(at, 1);
  },
  pickRandom: ({ args, hash, subject, run }) => {
    const values = listOf(subject) ?? (args.length > 1 ? args : [subject]);
    if (args.length === 1 && (subject === undefined || subject === null))
      return inlineError('Must specify either a single list argument or a set of single value arguments.');
    if (values.length === 0) throw new TemplateError('pickRandom was given an empty list');
    const count = hash['count'] === undefined ? 0 : wholeNumber(hash['count'], 'count');
    return count < 1 ? values[run.randomInt(0, values.length)] : drawn(values, count, run);
  },
};

/** Some of the values, none twice: as many as there are at most. */
function drawn(values: readonly unknown[], count: number, run: TemplateRun): unknown[] {
  run.work(values.length);
  const left = [...values];
  for (let i = 0; i < count && i < left.length; i++) {
    const other = run.randomInt(i, left.length);
    [left[i], left[other]] = [left[other], left[i]];
  }
  return left.slice(0, count);
}

function givenList(value: unknown, helper: string): readonly unknown[] | undefined {
  if (value === undefined || value === null) return undefined;
  const list = listOf(value);
  if (list === undefined) throw new TemplateError(`${helper} needs a list`);
  return list;
}

function positionOf(position: unknown, end: number): number | string {
  if (position === 'start') return 0;
  if (position === 'end') return Math.max(0, end);
  if (typeof position !== 'number' || !Number.isInteger(position))
    return "position must be 'start', 'end' or an integer";
  return position < 0 ? outOfBounds : position;
}
