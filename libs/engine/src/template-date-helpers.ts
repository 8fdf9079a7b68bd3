import { DateTime } from 'luxon';
import { argumentText, hashText, subjectText } from './template-arguments';
import { parseJavaDate } from './template-date-format';
import { shifted, TemplateDate, truncated, zoned } from './template-date';
import { inlineError, TemplateError, type Helper, type HelperCall } from './template-run';

/** WireMock's helpers on dates. */
export const dateHelpers: Readonly<Record<string, Helper>> = {
  now: writeNow,
  date: call => {
    if (!(call.subject instanceof TemplateDate)) return writeNow(call);
    const { at } = call.subject;
    const offset = hashText(call, 'offset');
    // Like WireMock, a date that was parsed keeps its zone.
    return new TemplateDate(offset === undefined ? at : shifted(at, offset), hashText(call, 'format'));
  },
  parseDate: parse,
  truncateDate: ({ args, run }) => {
    const [date, how] = args;
    if (!(date instanceof TemplateDate)) return inlineError('A date object must be passed to the truncateDate helper');
    if (how === undefined)
      return inlineError('Truncation type must be specified as the first parameter to truncateDate');
    return new TemplateDate(truncated(date.at, run.text(how)), undefined);
  },
  dateFormat: call => {
    if (!(call.subject instanceof TemplateDate)) throw new TemplateError('dateFormat needs a date, such as (now)');
    const format = argumentText(call, 1) ?? hashText(call, 'format') ?? 'medium';
    const zone = hashText(call, 'tz');
    const at = zone === undefined ? call.subject.at : zoned(call.subject.at, zone);
    return new TemplateDate(at, namedFormats[format] ?? format);
  },
};

const namedFormats: Readonly<Record<string, string>> = {
  full: 'EEEE, MMMM d, yyyy',
  long: 'MMMM d, yyyy',
  medium: 'MMM d, yyyy',
  short: 'M/d/yy',
};

function writeNow(call: HelperCall): TemplateDate {
  const { now, timeZone } = call.run.environment;
  const offset = hashText(call, 'offset');
  const zone = hashText(call, 'timezone') ?? timeZone;
  const format = hashText(call, 'format');
  if (offset === undefined && zone === undefined) return new TemplateDate(now, format);
  const utc = DateTime.fromMillis(now, { zone: 'utc' });
  const at = zone === undefined ? utc : zoned(utc, zone);
  return new TemplateDate(offset === undefined ? at : shifted(at, offset), format);
}

function parse(call: HelperCall): TemplateDate | undefined {
  call.run.step(20);
  const text = subjectText(call).trim();
  const format = hashText(call, 'format');
  if (text.length > 200) return undefined;
  const at = format === undefined ? parseUsual(text) : parseBy(text, format);
  return at === undefined ? undefined : new TemplateDate(at, undefined);
}

/** ISO 8601 with a zone, or the date of an HTTP header. */
function parseUsual(text: string): DateTime | undefined {
  const iso = /T.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? DateTime.fromISO(text, { setZone: true }) : undefined;
  if (iso?.isValid === true) return iso;
  const http = DateTime.fromHTTP(text, { setZone: true });
  return http.isValid ? http : undefined;
}

function parseBy(text: string, format: string): DateTime | undefined {
  if (format !== 'epoch' && format !== 'unix') return parseJavaDate(text, format);
  if (!/^-?\d{1,16}$/.test(text))
    throw new TemplateError(`'${text.slice(0, 40)}' is no number of ${format === 'unix' ? 'seconds' : 'milliseconds'}`);
  const at = DateTime.fromMillis(Number(text) * (format === 'unix' ? 1_000 : 1), { zone: 'utc' });
  return at.isValid ? at : undefined;
}
