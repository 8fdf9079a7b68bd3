/** A date and time without a zone: milliseconds since 1970 as if it were UTC, and nanoseconds below the millisecond. */
export interface LocalDateTime {
  readonly ms: number;
  readonly nanos: number;
}

/** A date and time in a zone, of which only the distance from UTC is kept. */
export interface ZonedDateTime extends LocalDateTime {
  readonly offsetMs: number;
}

export interface DateFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export interface TimeFields {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Digits after the decimal point of the second, at most nine. */
  readonly fraction: string;
}

const maxOffsetMs = 18 * 3_600_000;
const maxYear = 200_000;

export function daysInMonth(year: number, month: number): number {
  return new Date(utc(year, month + 1, 0)).getUTCDate();
}

/** The start of a day; undefined for a day that is not in the calendar. */
export function localDate({ year, month, day }: DateFields): LocalDateTime | undefined {
  if (Math.abs(year) > maxYear || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month))
    return undefined;
  return { ms: utc(year, month, day), nanos: 0 };
}

export function withTime(date: LocalDateTime, time: TimeFields): LocalDateTime | undefined {
  const { hour, minute, second, fraction } = time;
  if (!(hour <= 23) || minute > 59 || second > 59) return undefined;
  const nanos = Number(fraction.padEnd(9, '0'));
  const ms = date.ms + ((hour * 60 + minute) * 60 + second) * 1_000 + Math.floor(nanos / 1_000_000);
  return { ms, nanos: nanos % 1_000_000 };
}

export function inOffset(local: LocalDateTime, offsetMs: number): ZonedDateTime | undefined {
  return Math.abs(offsetMs) > maxOffsetMs ? undefined : { ...local, offsetMs };
}

export function compareLocal(a: LocalDateTime, b: LocalDateTime): number {
  return a.ms - b.ms || a.nanos - b.nanos;
}

export function compareZoned(a: ZonedDateTime, b: ZonedDateTime): number {
  return a.ms - a.offsetMs - (b.ms - b.offsetMs) || a.nanos - b.nanos;
}

/** `Z`, `+01`, `+0130`, `+01:30` or `+01:30:15` in milliseconds; undefined for anything else. */
export function offsetOf(text: string): number | undefined {
  if (/^z$/i.test(text)) return 0;
  const found = /^([+-])(\d{2})(?::?([0-5]\d)(?::?([0-5]\d))?)?$/.exec(text);
  if (found === null) return undefined;
  const ms = ((Number(found[2]) * 60 + Number(found[3] ?? 0)) * 60 + Number(found[4] ?? 0)) * 1_000;
  return found[1] === '-' ? -ms : ms;
}

/** How far a zone such as `Europe/Paris`, `CET` or `GMT` is from UTC at that local time; undefined for an unknown zone. */
export function offsetAt(zone: string, local: LocalDateTime): number | undefined {
  const fixed = offsetOf(zone.replace(/^(?:GMT|UTC|UT)(?=[+-])/i, ''));
  if (fixed !== undefined) return fixed;
  try {
    const clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    const offsetFor = (instant: number): number => {
      const parts = new Map(clock.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
      const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
      const shown = Date.UTC(
        part('year'),
        part('month') - 1,
        part('day'),
        part('hour'),
        part('minute'),
        part('second'),
      );
      return shown - Math.floor(instant / 1_000) * 1_000;
    };
    return offsetFor(local.ms - offsetFor(local.ms));
  } catch {
    return undefined;
  }
}

export const dateUnits = ['seconds', 'minutes', 'hours', 'days', 'months', 'years'] as const;
export type DateUnit = (typeof dateUnits)[number];

const unitMs: Readonly<Record<'seconds' | 'minutes' | 'hours' | 'days', number>> = {
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

/** Months and years keep the day, or take the last one of a shorter month. */
export function shift(date: ZonedDateTime, amount: number, unit: DateUnit): ZonedDateTime {
  if (unit !== 'months' && unit !== 'years') return { ...date, ms: date.ms + amount * unitMs[unit] };
  const given = new Date(date.ms);
  const months = given.getUTCFullYear() * 12 + given.getUTCMonth() + (unit === 'years' ? amount * 12 : amount);
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  const day = Math.min(given.getUTCDate(), daysInMonth(year, month));
  return { ...date, ms: utc(year, month, day) + mod(date.ms, unitMs.days) };
}

const truncations: Readonly<Record<string, (ms: number, date: Date) => number>> = {
  'first second of minute': ms => ms - mod(ms, 60_000),
  'first minute of hour': ms => ms - mod(ms, 3_600_000),
  'first hour of day': ms => ms - mod(ms, 86_400_000),
  'first day of month': (_, date) => utc(date.getUTCFullYear(), date.getUTCMonth() + 1, 1),
  'first day of next month': (_, date) => utc(date.getUTCFullYear(), date.getUTCMonth() + 2, 1),
  'last day of month': (_, date) => utc(date.getUTCFullYear(), date.getUTCMonth() + 2, 0),
  'first day of year': (_, date) => utc(date.getUTCFullYear(), 1, 1),
  'first day of next year': (_, date) => utc(date.getUTCFullYear() + 1, 1, 1),
  'last day of year': (_, date) => utc(date.getUTCFullYear(), 12, 31),
};

export const truncationNames = Object.keys(truncations);

/** Cuts a date as it reads in its own zone; an unknown name gives undefined. */
export function truncationOf(name: string): ((date: ZonedDateTime) => ZonedDateTime) | undefined {
  const key = name.toLowerCase().replaceAll('_', ' ');
  if (!Object.hasOwn(truncations, key)) return undefined;
  const cut = truncations[key]!;
  return date => ({ ...date, ms: cut(date.ms, new Date(date.ms)), nanos: 0 });
}

/** `Date.UTC` takes years below 100 for 19xx. */
function utc(year: number, month: number, day: number): number {
  const date = new Date(0);
  return date.setUTCFullYear(year, month - 1, day);
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
