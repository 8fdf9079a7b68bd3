import { readDate } from './date-text';
import {
  compareLocal,
  compareZoned,
  dateUnits,
  shift,
  truncationNames,
  truncationOf,
  type DateUnit,
  type ZonedDateTime,
} from './date-time';
import { compileJavaDateFormat, type DateReader, type DateReading } from './java-date-format';
import { done, mistake, type Compiled, type MatcherCompiler, type MatcherPlace } from './matcher';
import { at } from './mistake';

type DateMatcherName = 'before' | 'after' | 'equalToDateTime';

const holds: Readonly<Record<DateMatcherName, (order: number) => boolean>> = {
  before: order => order < 0,
  after: order => order > 0,
  equalToDateTime: order => order === 0,
};

interface Offset {
  readonly amount: number;
  readonly unit: DateUnit;
}

type Truncation = (date: ZonedDateTime) => ZonedDateTime;

const keepDate: Truncation = date => date;

/** WireMock's date matchers. A date without a zone is taken for UTC when it meets one with a zone. */
function dateMatcher(name: DateMatcherName): MatcherCompiler {
  return place => {
    const { pattern } = place;
    const operand = pattern[name];
    if (typeof operand !== 'string') return mistake(at(place.pointer, name), 'takes a date as text, or now +3 days');
    const expected = expectedOf(place, name, operand);
    if (!expected.ok) return expected;
    const read = formatOf(place);
    if (!read.ok) return read;
    const truncate = truncationIn(place, 'truncateActual');
    if (!truncate.ok) return truncate;
    return done({
      matches: ({ text, now }) => {
        if (text === undefined) return false;
        const { zoned, local } = read.value(text);
        const given = { zoned: zoned === undefined ? undefined : truncate.value(zoned), local };
        const order = orderOf(expected.value(now), given);
        return order !== undefined && holds[name](order);
      },
      expected: `[${name}] ${operand}`,
    });
  };
}

/** Below zero when `given` is earlier; undefined when the two cannot be compared. The last way of looking at them counts, as in WireMock. */
function orderOf(expected: DateReading, given: DateReading): number | undefined {
  if (expected.zoned !== undefined) {
    if (given.local !== undefined) return compareZoned({ ...given.local, offsetMs: 0 }, expected.zoned);
    return given.zoned === undefined ? undefined : compareZoned(given.zoned, expected.zoned);
  }
  const local = given.zoned ?? given.local;
  return expected.local === undefined || local === undefined ? undefined : compareLocal(local, expected.local);
}

function expectedOf(
  place: MatcherPlace,
  name: string,
  operand: string,
): Compiled<(now: number | undefined) => DateReading> {
  if (!isFromNow(operand)) {
    const reading = readDate(operand);
    if (reading.zoned !== undefined || reading.local !== undefined) return done(() => reading);
    return mistake(
      at(place.pointer, name),
      'is no date that can be read: write 2021-05-01T00:00:00Z, 2021-05-01T00:00:00, 2021-05-01, now, or now +3 days',
    );
  }
  const offset = offsetIn(place, name, operand);
  if (!offset.ok) return offset;
  const truncate = truncationIn(place, 'truncateExpected');
  if (!truncate.ok) return truncate;
  const { amount, unit } = offset.value;
  const move: Truncation = date => shift(date, amount, unit);
  const [first, second] =
    place.pattern['applyTruncationLast'] === true ? [move, truncate.value] : [truncate.value, move];
  return done(now => {
    if (now === undefined) return {};
    const zoned = second(first({ ms: now, nanos: 0, offsetMs: 0 }));
    return Number.isFinite(zoned.ms) ? { zoned } : {};
  });
}

const fromNow = /^(?:now )?([-+]?[0-9]{1,9}) ([a-z]+)$/i;

function isFromNow(operand: string): boolean {
  return operand.toLowerCase() === 'now' || fromNow.test(operand);
}

function offsetIn({ pattern, pointer }: MatcherPlace, name: string, operand: string): Compiled<Offset> {
  const { expectedOffset: amount, expectedOffsetUnit: unit } = pattern;
  if (amount !== undefined && (typeof amount !== 'number' || !Number.isSafeInteger(amount) || Math.abs(amount) > 1e9))
    return mistake(at(pointer, 'expectedOffset'), 'takes a whole number');
  if (unit !== undefined && unitOf(unit) === undefined)
    return mistake(at(pointer, 'expectedOffsetUnit'), `is not one of ${dateUnits.join(', ')}`);
  if (amount !== undefined && unit !== undefined) return done({ amount, unit: unitOf(unit)! });
  const [, digits = '0', written = 'seconds'] = fromNow.exec(operand) ?? [];
  const known = unitOf(written);
  if (known === undefined)
    return mistake(at(pointer, name), `has the unit ${written}; known are ${dateUnits.join(', ')}`);
  return done({ amount: Number(digits), unit: known });
}

function unitOf(name: unknown): DateUnit | undefined {
  return typeof name === 'string' ? dateUnits.find(unit => unit === name.toLowerCase()) : undefined;
}

function truncationIn({ pattern, pointer }: MatcherPlace, option: string): Compiled<Truncation> {
  const name = pattern[option];
  if (name === undefined || name === null) return done(keepDate);
  const truncation = typeof name === 'string' ? truncationOf(name) : undefined;
  return truncation === undefined
    ? mistake(at(pointer, option), `is not one of ${truncationNames.join(', ')}`)
    : done(truncation);
}

function formatOf({ pattern, pointer }: MatcherPlace): Compiled<DateReader> {
  const format = pattern['actualFormat'];
  if (format === undefined || format === null) return done(readDate);
  const here = at(pointer, 'actualFormat');
  if (typeof format !== 'string') return mistake(here, 'takes a date format such as dd/MM/yyyy, or unix, or epoch');
  const scale = { unix: 1_000, epoch: 1 }[format.toLowerCase()];
  if (scale !== undefined) return done(text => readEpoch(text, scale));
  const compiled = compileJavaDateFormat(format);
  return compiled.ok ? done(compiled.read) : mistake(here, compiled.message);
}

function readEpoch(text: string, scale: number): DateReading {
  const ms = /^[+-]?\d{1,16}$/.test(text) ? Number(text) * scale : Number.NaN;
  if (!(Math.abs(ms) <= 8.64e15)) return {};
  return { zoned: { ms, nanos: 0, offsetMs: 0 }, local: { ms, nanos: 0 } };
}

export const dateMatchers: readonly (readonly [string, MatcherCompiler])[] = [
  ['before', dateMatcher('before')],
  ['after', dateMatcher('after')],
  ['equalToDateTime', dateMatcher('equalToDateTime')],
];
