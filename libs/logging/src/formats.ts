import { format, type Logform } from 'winston';
import { redact } from './redact';

/** What winston needs and no user gave; the symbols it keeps on the entry stay as they are. */
type Entry = Logform.TransformableInfo;

/** Hides secrets before anything is written, and settles the shapes that nest-winston leaves open. */
const cleaned = format((entry: Entry) => {
  const { level, message, timestamp, context, stack, error, ...fields } = entry;
  for (const name of Object.keys(fields)) delete entry[name];
  // Nest hands on anything as the context; only a name is one.
  const place = typeof context === 'string' ? { context } : { details: context };
  const trace = stackOf(stack) ?? stackOf(error instanceof Error ? error.stack : undefined);
  const cause = error instanceof Error ? nameAndCode(error) : { error };
  const clean = redact({ ...place, ...fields, ...cause, stack: trace }) as Record<string, unknown>;
  return Object.assign(entry, {
    context: undefined,
    error: undefined,
    ...clean,
    level,
    message: redact(message),
    timestamp,
  });
});

function nameAndCode(error: Error): object {
  const { code } = error as NodeJS.ErrnoException;
  return { error: { name: error.name, message: error.message, code, cause: error.cause } };
}

/** nest-winston hands a stack over as a list, of nothing if there is none. */
function stackOf(stack: unknown): string | undefined {
  const lines = (Array.isArray(stack) ? stack : [stack]).filter(line => typeof line === 'string' && line !== '');
  return lines.length === 0 ? undefined : lines.join('\n');
}

/** One JSON object a line: timestamp, level, message, context, and the fields that the entry brings, such as requestId. */
export function jsonFormat(): Logform.Format {
  return format.combine(format.timestamp(), cleaned(), format.json({ deterministic: false }));
}

const colours: Readonly<Record<string, string>> = { fatal: '35', error: '31', warn: '33', info: '32', debug: '36' };
const dim = '2';

/** One line for people: time, level, where, what, fields; a stack below. */
export function prettyFormat({ colour }: { readonly colour: boolean }): Logform.Format {
  const paint = (code: string, text: string): string =>
    colour && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  return format.combine(
    format.timestamp({ format: 'HH:mm:ss.SSS' }),
    cleaned(),
    format.printf(({ timestamp, level, message, context, stack, ...fields }) => {
      const line = [
        paint(dim, String(timestamp)),
        paint(colours[level] ?? '0', level.toUpperCase().padEnd(5)),
        paint('1', typeof context === 'string' ? onOneLine(context) : ''),
        onOneLine(textOf(message)),
        paint(dim, onOneLine(fieldsOf(fields))),
      ];
      const below = typeof stack === 'string' ? `\n${stack.split('\n').map(onOneLine).join('\n')}` : '';
      return `${line.filter(part => part !== '').join(' ')}${paint(dim, below)}`;
    }),
  );
}

function fieldsOf(fields: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return given.map(([name, value]) => `${name}=${textOf(value)}`).join(' ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
}

/** What a client sent may stand in a message: it must not begin a line of its own, nor steer the terminal. */
function onOneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this looks for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, character =>
    character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
