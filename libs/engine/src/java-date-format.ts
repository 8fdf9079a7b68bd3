import { compileRegex } from './linear-regex';
import {
  daysInMonth,
  inOffset,
  localDate,
  offsetAt,
  withTime,
  type DateFields,
  type LocalDateTime,
  type ZonedDateTime,
} from './date-time';

/** What one text says about a date: with a zone, without, or both for a text that has a zone (WireMock looks at it both ways). */
export interface DateReading {
  readonly zoned?: ZonedDateTime | undefined;
  readonly local?: LocalDateTime | undefined;
}

export type DateReader = (text: string) => DateReading;

export type DateFormatReading =
  { readonly ok: true; readonly read: DateReader } | { readonly ok: false; readonly message: string };

const maxFormatLength = 100;
const maxDateLength = 100;

const months = 'January February March April May June July August September October November December'.split(' ');
const weekdays = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');

interface Part {
  readonly source: string;
  readonly field?: string;
}

/**
 * Java's `DateTimeFormatter.ofPattern`, English names, for reading: letters `y u M L d D E H k K h m s S a G X x Z z V O`, quoted
 * text and optional sections in [ ]. A day that its month does not have is taken for the month's last.
 */
export function compileJavaDateFormat(format: string, zone?: string): DateFormatReading {
  if (format.length > maxFormatLength) return { ok: false, message: `is longer than ${maxFormatLength} characters` };
  const runs = format.match(/'(?:[^']|'')*'?|([A-Za-z])\1*|[^A-Za-z']/g) ?? [];
  const parts: Part[] = [];
  let depth = 0;
  for (const [i, run] of runs.entries()) {
    if (run === '[') depth++;
    if (run === ']' && --depth < 0) return { ok: false, message: 'closes ] without opening it' };
    const part = partOf(run, runs[i + 1], runs[i - 1]);
    if (part === undefined) return { ok: false, message: `has ${run}, which is not supported in a date format` };
    parts.push(part);
  }
  const source = parts.map(part => part.source).join('') + ')?'.repeat(depth);
  const compiled = compileRegex(source);
  if (!compiled.ok) return { ok: false, message: compiled.message };
  const fields = parts.flatMap(part => part.field ?? []);
  const read: DateReader = text => {
    if (text.length > maxDateLength || !compiled.regex.matchesWhole(text)) return {};
    const { groups = [] } = compiled.regex.find(text) ?? {};
    const values = new Map<string, string>();
    for (const [i, field] of fields.entries()) {
      const value = groups[i + 1];
      if (value === undefined) continue;
      if (values.has(field) && values.get(field) !== value) return {};
      values.set(field, value);
    }
    return readingOf(values, zone);
  };
  return { ok: true, read };
}

function partOf(run: string, next: string | undefined, previous: string | undefined): Part | undefined {
  const letter = run[0]!;
  const size = run.length;
  if (letter === "'") {
    if (size === 1 || !run.endsWith("'")) return undefined;
    return { source: escape(run === "''" ? "'" : run.slice(1, -1).replaceAll("''", "'")) };
  }
  if (letter === '[') return { source: '(?:' };
  if (letter === ']') return { source: ')?' };
  if ('{}#'.includes(letter)) return undefined;
  if (!/[A-Za-z]/.test(letter)) return { source: escape(run) };
  const isAdjacent = isNumber(next) || isNumber(previous);
  const group = (field: string, inner: string): Part => ({ field, source: `(${inner})` });
  const upTo = (most: number): string | undefined =>
    size === 1 ? '\\d{1,9}' : size <= most ? `\\d{${size}}` : undefined;
  const number = (most = 2): Part | undefined => {
    const inner = upTo(most);
    return inner === undefined ? undefined : group(letter, inner);
  };
  switch (letter) {
    case 'y':
    case 'u':
      if (size === 2) return group('yy', '\\d{2}');
      if (size === 4) return group('y', isAdjacent ? '\\d{4}' : '\\d{4}|\\+\\d{5,9}|-\\d{4,9}');
      return size <= 9 ? group('y', `-?\\d{${size},9}`) : undefined;
    case 'M':
    case 'L':
      if (size === 3) return group('MMM', months.map(name => name.slice(0, 3)).join('|'));
      if (size === 4) return group('MMM', months.join('|'));
      return size > 2 ? undefined : { ...number()!, field: 'M' };
    case 'E':
      return group('E', weekdays.map(name => (size > 3 ? name : name.slice(0, 3))).join('|'));
    case 'D':
      return size === 2 ? group('D', '\\d{2,3}') : number(3);
    case 'd':
    case 'H':
    case 'k':
    case 'K':
    case 'h':
    case 'm':
    case 's':
      return number();
    case 'S':
      return size <= 9 ? group('S', `\\d{${size}}`) : undefined;
    case 'a':
      return size === 1 ? group('a', 'AM|PM') : undefined;
    case 'G':
      return size <= 3 ? group('G', 'AD|BC') : undefined;
    default:
      return zonePart(letter, size);
  }
}

const hours = '[+-]\\d{2}';

function zonePart(letter: string, size: number): Part | undefined {
  const group = (inner: string): Part => ({ field: 'zone', source: `(${inner})` });
  const offsets = [
    `${hours}(?:\\d{2})?`,
    `${hours}\\d{2}`,
    `${hours}:\\d{2}`,
    `${hours}\\d{2}(?:\\d{2})?`,
    `${hours}:\\d{2}(?::\\d{2})?`,
  ];
  if (letter === 'X' && size <= 5) return group(`Z|${offsets[size - 1]}`);
  if (letter === 'x' && size <= 5) return group(offsets[size - 1]!);
  if (letter === 'Z' && size <= 3) return group(offsets[1]!);
  if (letter === 'Z' && size === 5) return group(`Z|${offsets[4]}`);
  if (letter === 'O' || (letter === 'Z' && size === 4)) return group('(?:GMT|UTC)?[+-]\\d{2}:\\d{2}|GMT|UTC');
  if (letter === 'z' || (letter === 'V' && size === 2))
    return group('[A-Za-z][A-Za-z0-9/_+:-]{0,40}|[+-]\\d{2}(?::?\\d{2})?');
  return undefined;
}

function readingOf(values: ReadonlyMap<string, string>, zone: string | undefined): DateReading {
  const date = dateOf(values);
  if (date === undefined) return {};
  // Without a time, a date alone is a day's start; a zone then says nothing.
  const hour = hourOf(values);
  if (hour === undefined) return { local: date.start };
  const local = timeOf(values, hour, date.start);
  if (local === undefined) return {};
  const name = values.get('zone') ?? zone;
  const offset = name === undefined ? undefined : offsetAt(name, local);
  if (!date.isWhole || (values.has('zone') && offset === undefined)) return {};
  return { local, zoned: offset === undefined ? undefined : inOffset(local, offset) };
}

function dateOf(values: ReadonlyMap<string, string>): { start: LocalDateTime; isWhole: boolean } | undefined {
  const number = (field: string): number | undefined => {
    const value = values.get(field);
    return value === undefined ? undefined : Number(value);
  };
  const yearOfEra = values.has('yy') ? 2000 + number('yy')! : number('y');
  if (yearOfEra === undefined) return undefined;
  const year = values.get('G') === 'BC' ? 1 - yearOfEra : yearOfEra;
  const monthName = values.get('MMM')?.slice(0, 3);
  const month = monthName === undefined ? number('M') : months.findIndex(name => name.startsWith(monthName)) + 1;
  const day = number('d');
  const dayOfYear = number('D');
  if (dayOfYear !== undefined) return dayOfYearOf(year, dayOfYear);
  if (month !== undefined && (month < 1 || month > 12)) return undefined;
  if (day !== undefined && (day < 1 || day > 31)) return undefined;
  const fields: DateFields = { year, month: month ?? 1, day: month === undefined ? 1 : (day ?? 1) };
  const start = localDate({ ...fields, day: Math.min(fields.day, daysInMonth(year, fields.month)) });
  if (start === undefined) return undefined;
  const weekday = values.get('E')?.slice(0, 3);
  if (weekday !== undefined && !weekdays[(new Date(start.ms).getUTCDay() + 6) % 7]!.startsWith(weekday))
    return undefined;
  return { start, isWhole: month !== undefined && day !== undefined };
}

function dayOfYearOf(year: number, dayOfYear: number): { start: LocalDateTime; isWhole: boolean } | undefined {
  const first = localDate({ year, month: 1, day: 1 });
  const days = daysInMonth(year, 2) + 337;
  if (first === undefined || dayOfYear < 1 || dayOfYear > days) return undefined;
  return { start: { ms: first.ms + (dayOfYear - 1) * 86_400_000, nanos: 0 }, isWhole: true };
}

function timeOf(values: ReadonlyMap<string, string>, hour: number, date: LocalDateTime): LocalDateTime | undefined {
  const [minute, second] = ['m', 's'].map(field => Number(values.get(field) ?? 0));
  const fraction = values.get('S') ?? '';
  const isMidnight = hour === 24 && minute === 0 && second === 0 && Number(fraction) === 0;
  const time = withTime(date, { hour: isMidnight ? 0 : hour, minute: minute!, second: second!, fraction });
  return time === undefined || !isMidnight ? time : { ...time, ms: time.ms + 86_400_000 };
}

function hourOf(values: ReadonlyMap<string, string>): number | undefined {
  if (values.has('H')) return Number(values.get('H'));
  if (values.has('k')) return Number(values.get('k')) % 24;
  const half = values.get('a');
  const hour = values.get('h') ?? values.get('K');
  if (half === undefined || hour === undefined) return undefined;
  if (Number(hour) > 12) return Number.NaN;
  return (Number(hour) % 12) + (half === 'PM' ? 12 : 0);
}

function isNumber(run: string | undefined): boolean {
  return run !== undefined && (/^[yudDHkKhmsS]/.test(run) || run === 'MM' || run === 'M');
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
