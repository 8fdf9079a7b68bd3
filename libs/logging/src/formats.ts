import { format, type Logform } from 'winston';
import { redact } from './redact';

const redacted = format(info => {
  const { level, message, timestamp, ...fields } = info;
  return Object.assign(info, redact(fields), { level, message: redact(message), timestamp });
});

/** One JSON object a line. */
export function jsonFormat(): Logform.Format {
  return format.combine(format.timestamp(), redacted(), format.json());
}

const colours: Readonly<Record<string, string>> = { error: '\u001b[31m', warn: '\u001b[33m', info: '\u001b[32m', debug: '\u001b[36m' };
const reset = '\u001b[0m';
const dim = '\u001b[2m';

/** One line for people: time, level, where, what; a stack below. */
export function prettyFormat({ colour }: { readonly colour: boolean }): Logform.Format {
  const paint = (code: string, text: string): string => (colour ? `${code}${text}${reset}` : text);
  return format.combine(
    format.timestamp({ format: 'HH:mm:ss.SSS' }),
    redacted(),
    format.printf(({ timestamp, level, message, context, stack, ms: _ms, ...fields }) => {
      const where = typeof context === 'string' ? ` ${paint(dim, context)}` : '';
      const extra = Object.keys(fields).length > 0 ? ` ${paint(dim, JSON.stringify(fields))}` : '';
      const below = stackOf(stack);
      return `${paint(dim, String(timestamp))} ${paint(colours[level] ?? '', level.toUpperCase().padEnd(5))}${where} ${textOf(message)}${extra}${below === '' ? '' : `\n${below}`}`;
    }),
  );
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/** nest-winston hands a stack over as a list. */
function stackOf(stack: unknown): string {
  const lines = (Array.isArray(stack) ? stack : [stack]).filter((line): line is string => typeof line === 'string' && line !== '');
  return lines.join('\n');
}
