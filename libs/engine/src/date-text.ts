import { compileJavaDateFormat, type DateReader, type DateReading } from './java-date-format';
import { inOffset, localDate, offsetOf, withTime, type LocalDateTime } from './date-time';

const iso =
  /^([+-]?\d{4,9})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}(?::\d{2}(?::\d{2})?)?)?(?:\[[\w/+:-]{1,60}\])?)?$/i;
const partial = /^([+-]?\d{4,9})(?:-(\d{2}))?$/;
const http = /^((?:[a-z]{3}, )?\d{1,2} [a-z]{3} \d{4} \d{2}:\d{2}(?::\d{2})?) (GMT|[+-]\d{4})$/i;

const httpFormats = readerOf('[EEE, ]d MMM yyyy HH:mm[:ss]');
const olderFormats = [
  ...readerOf('EEEE, dd-MMM-yy HH:mm:ss zzz'),
  ...readerOf('EEE MMM dd HH:mm:ss yyyy', 'GMT'),
  ...readerOf('EEE MMM  d HH:mm:ss yyyy', 'GMT'),
];
const maxDateLength = 100;

/** Reads a date in any of the forms that WireMock knows without being told: ISO 8601 (also a month or a year alone) and HTTP's. */
export const readDate: DateReader = text => {
  if (text.length > maxDateLength) return {};
  const found = iso.exec(text);
  if (found !== null) return readIso(found);
  const local = readMonthOrYear(text);
  return local === undefined ? readHttpDate(text) : { local };
};

function readIso(found: RegExpExecArray): DateReading {
  const [, year = '', month, day, hour, minute = '', second = '0', fraction = '', offset] = found;
  if (!isYear(year)) return {};
  const date = localDate({ year: Number(year), month: Number(month), day: Number(day) });
  if (date === undefined) return {};
  if (hour === undefined) return { local: date };
  const local = withTime(date, { hour: Number(hour), minute: Number(minute), second: Number(second), fraction });
  if (local === undefined) return {};
  if (offset === undefined) return found[0].includes('[') ? {} : { local };
  const offsetMs = offsetOf(offset);
  return offsetMs === undefined ? {} : { zoned: inOffset(local, offsetMs) };
}

function readMonthOrYear(text: string): LocalDateTime | undefined {
  const [, year = '', month] = partial.exec(text) ?? [];
  return isYear(year) ? localDate({ year: Number(year), month: Number(month ?? 1), day: 1 }) : undefined;
}

/** Years beyond four digits need a sign, others take no plus. */
function isYear(text: string): boolean {
  return /^(?:-?\d{4}|[+-]\d{5,9})$/.test(text);
}

function readHttpDate(text: string): DateReading {
  const found = http.exec(text);
  if (found !== null) {
    const [, date = '', zone = ''] = found;
    const { local } = httpFormats[0]!(capitalise(date));
    const offsetMs = /^gmt$/i.test(zone) ? 0 : offsetOf(zone);
    return local === undefined || offsetMs === undefined ? {} : { zoned: inOffset(local, offsetMs) };
  }
  for (const read of olderFormats) {
    const { zoned } = read(text);
    if (zoned !== undefined) return { zoned };
  }
  return {};
}

function capitalise(text: string): string {
  return text.toLowerCase().replace(/\b[a-z]/g, letter => letter.toUpperCase());
}

function readerOf(format: string, zone?: string): DateReader[] {
  const compiled = compileJavaDateFormat(format, zone);
  return compiled.ok ? [compiled.read] : [];
}
