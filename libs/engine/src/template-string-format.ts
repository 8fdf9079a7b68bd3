import { numberOf } from './template-number';
import { TemplateError, type TemplateRun } from './template-run';

const directive = /%(?:(\d{1,3})\$)?([-#+ 0,(]*)(\d{1,4})?(?:\.(\d{1,3}))?([a-zA-Z%])/g;

/** Java's `String.format` for `%s %S %d %x %X %o %f %e %b %c %n %%` with flags, width and precision. */
export function formatString(format: string, values: readonly unknown[], run: TemplateRun): string {
  let next = 0;
  return format.replace(directive, (all: string, ...parts: (string | undefined)[]) => {
    const [position, flags = '', width, precision, conversion = ''] = parts;
    if (conversion === 'n') return '\n';
    if (conversion === '%') return '%';
    const index = position === undefined ? next++ : Number(position) - 1;
    if (index >= values.length) throw new TemplateError(`stringFormat has no value for ${all}`);
    const digits = precision === undefined ? undefined : Number(precision);
    const text = convert(conversion, values[index], { flags, digits, run });
    const size = Number(width ?? 0);
    run.write(size);
    if (flags.includes('-')) return text.padEnd(size);
    if (!flags.includes('0')) return text.padStart(size);
    const sign = /^[+-]/.exec(text)?.[0] ?? '';
    return sign + text.slice(sign.length).padStart(size - sign.length, '0');
  });
}

interface Options {
  readonly flags: string;
  readonly digits: number | undefined;
  readonly run: TemplateRun;
}

function convert(conversion: string, value: unknown, { flags, digits, run }: Options): string {
  switch (conversion) {
    case 's':
      return cut(value === undefined || value === null ? 'null' : run.text(value), digits);
    case 'S':
      return cut(value === undefined || value === null ? 'NULL' : run.text(value).toUpperCase(), digits);
    case 'b':
      return String(value === undefined || value === null ? false : typeof value === 'boolean' ? value : true);
    case 'c':
      return run.text(value).slice(0, 1);
    case 'd':
      return signed(grouped(whole(value), flags), flags);
    case 'x':
      return whole(value).toString(16);
    case 'X':
      return whole(value).toString(16).toUpperCase();
    case 'o':
      return whole(value).toString(8);
    case 'f':
      return signed(fixed(number(value), digits ?? 6, flags), flags);
    case 'e':
      return signed(
        number(value)
          .toExponential(digits ?? 6)
          .replace(/e([+-])(\d)$/, 'e$10$2'),
        flags,
      );
    default:
      throw new TemplateError(`stringFormat does not know %${conversion}`);
  }
}

function cut(text: string, digits: number | undefined): string {
  return digits === undefined ? text : text.slice(0, digits);
}

function number(value: unknown): number {
  const found = numberOf(value);
  if (found === undefined) throw new TemplateError('stringFormat needs a number for %d, %x, %o, %f and %e');
  return found;
}

function whole(value: unknown): number {
  const found = number(value);
  if (!Number.isInteger(found)) throw new TemplateError('stringFormat needs a whole number for %d, %x and %o');
  return found;
}

function signed(text: string, flags: string): string {
  return flags.includes('+') && !text.startsWith('-') ? `+${text}` : text;
}

function fixed(value: number, digits: number, flags: string): string {
  const text = value.toFixed(Math.min(digits, 100));
  return flags.includes(',') ? withCommas(text) : text;
}

function grouped(value: number, flags: string): string {
  return flags.includes(',') ? withCommas(String(value)) : String(value);
}

function withCommas(text: string): string {
  const [wholePart = '', fraction] = text.split('.');
  const commas = wholePart.replace(/\B(?=(?:\d{3})+$)/g, ',');
  return fraction === undefined ? commas : `${commas}.${fraction}`;
}
