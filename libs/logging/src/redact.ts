const hidden = '[hidden]';
const maxDepth = 6;
const maxItems = 100;
const maxValues = 500;
const maxTextLength = 8_000;

const secretNames =
  /^(proxy-?)?authorization$|cookie|passw(or)?d|passphrase|secret|token|api[-_]?key|private[-_]?key|credential|connection[-_]?string/i;
const bodyNames = /^(body|bodyAsBase64|base64Body|jsonBody|rawBody|(request|response)[-_]?body|payload)$/i;

/** How many values may still be copied: an object that leads to half of the heap must not be walked. */
interface Budget {
  left: number;
}

/**
 * A copy that is fit for a log: fields with a secret's name are hidden, credentials inside texts too, bodies are left out, and what
 * is too deep, too much or cyclic is cut. Numbers and flags stay: `tokens: 5` and `hasPassword: true` tell nothing.
 */
export function redact(value: unknown): unknown {
  return copy(value, 0, { left: maxValues });
}

function copy(value: unknown, depth: number, budget: Budget): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return '[function]';
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (depth >= maxDepth || budget.left-- <= 0) return '[more]';
  if (value instanceof Error) return copyError(value, depth, budget);
  if (Array.isArray(value)) return value.slice(0, maxItems).map(item => copy(item, depth + 1, budget));
  if (value instanceof Map || value instanceof Set) return copy([...value].slice(0, maxItems), depth, budget);
  return copyFields(value, depth, budget);
}

function copyFields(value: object, depth: number, budget: Budget): Record<string, unknown> {
  const fields = Object.entries(value).slice(0, maxItems) as [string, unknown][];
  return Object.fromEntries(
    fields.map(([name, item]) => [name, hideByName(name, item) ?? copy(item, depth + 1, budget)]),
  );
}

/** What stands in the place of a field that must not be logged; undefined if it may be. */
function hideByName(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean')
    return undefined;
  if (secretNames.test(name)) return hidden;
  return bodyNames.test(name) ? '[not logged]' : undefined;
}

function copyError(error: Error, depth: number, budget: Budget): Record<string, unknown> {
  const { name, message, stack = '', cause } = error;
  const because = cause === undefined ? {} : { cause: copy(cause, depth + 1, budget) };
  return {
    ...copyFields(error, depth, budget),
    name,
    message: redactText(message),
    stack: redactText(stack),
    ...because,
  };
}

const inText: readonly (readonly [RegExp, string])[] = [
  // user:password@ of a URL; up to the last @, for a password may hold one.
  [/([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/"'<>]{1,500}@/gi, `$1${hidden}@`],
  [/\b(Bearer|Basic|Digest)\s+[A-Za-z0-9._~+/=-]{4,}/gi, `$1 ${hidden}`],
  [/\b((?:set-)?cookie|(?:proxy-)?authorization):[^\r\n"]{1,4000}/gi, `$1: ${hidden}`],
  [/((?:passw(?:or)?d|secret|token|api[-_]?key|private[-_]?key)[\w-]{0,20}=)[^\s&;,"']{1,4000}/gi, `$1${hidden}`],
  [
    /("[\w-]{0,30}(?:passw(?:or)?d|secret|token|api[-_]?key|private[-_]?key)[\w-]{0,20}"\s{0,5}:\s{0,5}")[^"]{1,4000}/gi,
    `$1${hidden}`,
  ],
];

/** Hides credentials in URLs, in headers written as text, in `name=value` and in JSON; shortens what is far too long. */
export function redactText(text: string): string {
  const short = text.length > maxTextLength ? `${text.slice(0, maxTextLength)}… (${text.length} characters)` : text;
  return inText.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), short);
}
