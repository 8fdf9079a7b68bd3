import { toJsonText } from './json-path';

/** Deeper documents are treated as text: a recursive comparison of them could overflow the stack. */
export const maxJsonDepth = 500;

export type JsonReading = { readonly isJson: true; readonly value: unknown } | { readonly isJson: false };

const notJson: JsonReading = { isJson: false };

/** Parses JSON text. Malformed text, and text nested deeper than {@link maxJsonDepth}, is "not JSON"; never throws. */
export function readJson(text: string): JsonReading {
  if (text.length === 0 || (text.length > maxJsonDepth && isTextDeeperThan(text, maxJsonDepth))) return notJson;
  try {
    return { isJson: true, value: JSON.parse(text) };
  } catch {
    return notJson;
  }
}

/** Text with fewer brackets than levels allowed needs no closer look. */
function hasMoreOpenings(text: string, limit: number): boolean {
  let count = 0;
  for (const bracket of '{[')
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) if (++count > limit) return true;
  return false;
}

function isTextDeeperThan(text: string, limit: number): boolean {
  if (!hasMoreOpenings(text, limit)) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 92) i++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 123 || code === 91) {
      if (++depth > limit) return true;
    } else if (code === 125 || code === 93) depth--;
  }
  return false;
}

/** The same of a value, level by level: recursion is what it guards against. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    const next: unknown[] = [];
    for (const one of level)
      if (typeof one === 'object' && one !== null) for (const inner of Object.values(one)) next.push(inner);
    level = next;
  }
  return false;
}

/** Text of a scalar as an index key and as a string matcher sees it; undefined for objects, arrays and nothing. */
export function scalarText(value: unknown): string | undefined {
  return value === undefined || (typeof value === 'object' && value !== null) ? undefined : toJsonText(value);
}

/** Follows member names and array indexes through own properties only. */
export function valueAt(root: unknown, segments: readonly (string | number)[]): unknown {
  let value = root;
  for (const segment of segments) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value)) {
      if (typeof segment !== 'number') return undefined;
      value = value[segment < 0 ? value.length + segment : segment] as unknown;
    } else {
      if (!Object.hasOwn(value, segment)) return undefined;
      value = (value as Record<string, unknown>)[segment];
    }
  }
  return value;
}
