const hidden = '[hidden]';
const secretKey = /^(?:authorization|proxy-authorization|cookie|set-cookie|.*(?:password|passwd|secret|token|api[-_]?key|credential|private[-_]?key).*)$/i;
const maxDepth = 6;
const maxText = 8_000;

/** A copy fit for a log: values of fields that hold secrets are hidden, in nested objects too, and so are credentials in URLs. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return '[deeper]';
  if (value instanceof Error) return { name: value.name, message: redactText(value.message), stack: redactText(value.stack ?? '') };
  if (Array.isArray(value)) return value.slice(0, 100).map(item => redact(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, secretKey.test(key) && item !== undefined && typeof item !== 'boolean' && typeof item !== 'number' ? hidden : redact(item, depth + 1)]));
}

/** Hides `user:password@` in URLs, bearer and basic credentials, and shortens what is far too long. */
export function redactText(text: string): string {
  const clean = text
    .replaceAll(/([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@]{1,300}@/gi, `$1${hidden}@`)
    .replaceAll(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{4,}/gi, `$1 ${hidden}`);
  return clean.length > maxText ? `${clean.slice(0, maxText)}… (${clean.length} characters)` : clean;
}
