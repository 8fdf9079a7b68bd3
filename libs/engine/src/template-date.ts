import { DateTime } from 'luxon';
import { formatJavaDate } from './template-date-format';
import { TemplateError } from './template-run';
import { special, type SpecialValue, type WithSpecial } from './template-value';

/** A moment in a zone, with how it is to be written. */
export class TemplateDate implements WithSpecial {
  private made: DateTime | undefined;

  constructor(
    /** Milliseconds since 1970 stand for a moment in UTC: most are written at once, and need no calendar. */
    private readonly moment: DateTime | number,
    readonly format: string | undefined,
  ) {}

  get at(): DateTime {
    return (this.made ??=
      typeof this.moment === 'number' ? DateTime.fromMillis(this.moment, { zone: 'utc' }) : this.moment);
  }

  get [special](): SpecialValue {
    return { member: () => undefined, text: () => this.text() };
  }

  private text(): string {
    switch (this.format) {
      case undefined:
        return typeof this.moment === 'number' ? utcText(this.moment) : isoText(this.at);
      case 'epoch':
        return String(this.at.toMillis());
      case 'unix':
        return String(Math.floor(this.at.toSeconds()));
      default:
        return formatJavaDate(this.at, this.format);
    }
  }
}

let latest = { second: Number.NaN, text: '' };

/** Whole seconds. Replies of the same second mostly ask for the same. */
function utcText(moment: number): string {
  const second = Math.floor(moment / 1_000);
  if (second !== latest.second) latest = { second, text: `${new Date(moment).toISOString().slice(0, -5)}Z` };
  return latest.text;
}

/** Whole seconds, `Z` or an offset. */
function isoText(at: DateTime): string {
  return at.offset === 0 ? at.toFormat("yyyy-MM-dd'T'HH:mm:ss'Z'") : at.toFormat("yyyy-MM-dd'T'HH:mm:ssZZ");
}

export function zoned(at: DateTime, zone: string): DateTime {
  const moved = at.setZone(zone);
  if (!moved.isValid) throw new TemplateError(`there is no time zone '${zone.slice(0, 60)}'`);
  return moved;
}

const units = new Set(['seconds', 'minutes', 'hours', 'days', 'months', 'years']);

/** `3 days`, `-1 months`, `now +2 hours`. */
export function shifted(at: DateTime, offset: string): DateTime {
  const found = /^(?:now\s+)?([+-]?\d{1,9})\s+([a-z]+)$/i.exec(offset.trim());
  const unit = found?.[2]?.toLowerCase();
  if (found === null || unit === undefined || !units.has(unit))
    throw new TemplateError(
      `an offset is an amount and a unit (${[...units].join(', ')}), such as '3 days', not '${offset.slice(0, 40)}'`,
    );
  const moved = at.plus({ [unit]: Number(found[1]) });
  if (!moved.isValid) throw new TemplateError(`the offset '${offset}' leads beyond the calendar`);
  return moved;
}

const truncations: Readonly<Record<string, (at: DateTime) => DateTime>> = {
  'first second of minute': at => at.startOf('minute'),
  'first minute of hour': at => at.startOf('hour'),
  'first hour of day': at => at.startOf('day'),
  'first day of month': at => at.startOf('month'),
  'first day of next month': at => at.startOf('month').plus({ months: 1 }),
  'last day of month': at => at.endOf('month').startOf('day'),
  'first day of year': at => at.startOf('year'),
  'first day of next year': at => at.startOf('year').plus({ years: 1 }),
  'last day of year': at => at.endOf('year').startOf('day'),
};

export function truncated(at: DateTime, how: string): DateTime {
  const name = how.trim().toLowerCase();
  if (!Object.hasOwn(truncations, name))
    throw new TemplateError(
      `there is no truncation '${how.slice(0, 60)}': say one of ${Object.keys(truncations).join(', ')}`,
    );
  return truncations[name]!(at);
}
