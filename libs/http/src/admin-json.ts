import { isUtf8 } from 'node:buffer';
import { findJsonMistake } from './json-error';
import { Problem } from './problem';
import { toPointer } from './read-problem';

/** Deep enough for every mapping, shallow enough for every function that recurses. */
export const MAX_JSON_DEPTH = 200;

/**
 * Reads a body of the admin API. Throws 'invalid-json' with line and column, or 'bad-request' for keys that poison
 * prototypes and for text that no database takes (NUL, lone surrogates). Of duplicate keys the last one counts.
 */
export function parseAdminJson(bytes: Buffer, maxDepth: number = MAX_JSON_DEPTH): unknown {
  if (!isUtf8(bytes)) throw new Problem('bad-request', { detail: 'The body is not UTF-8.' });
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const value = parse(text);
  // Raw NUL and surrogates cannot stand in valid JSON in UTF-8: only an escape can bring them.
  checkValue(value, { maxDepth, checkText: text.includes('\\u') });
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const mistake = findJsonMistake(text);
    if (!mistake) throw new Problem('invalid-json', { detail: 'The body is not valid JSON.', cause: error });
    const { line, column, message } = mistake;
    throw new Problem('invalid-json', {
      detail: `${message} (line ${line}, column ${column}).`,
      extras: { line, column },
    });
  }
}

interface Place {
  readonly container: object;
  readonly key: string;
  readonly parent: Place | undefined;
  readonly depth: number;
}

interface ValueRules {
  readonly maxDepth: number;
  readonly checkText: boolean;
}

const BAD_TEXT = /\u0000|\p{Cs}/u; // eslint-disable-line no-control-regex

/** Walks without recursion: `JSON.parse` takes 200,000 levels, the stack does not. */
function checkValue(root: unknown, rules: ValueRules): void {
  if (rules.checkText) checkText(root, undefined);
  if (!isContainer(root)) return;
  const pending: Place[] = [{ container: root, key: '', parent: undefined, depth: 1 }];
  for (let place = pending.pop(); place; place = pending.pop()) {
    if (place.depth > rules.maxDepth) {
      throw new Problem('invalid-json', { detail: `The JSON is nested deeper than ${rules.maxDepth} levels.` });
    }
    checkContainer(place, rules, pending);
  }
}

function checkContainer(place: Place, rules: ValueRules, pending: Place[]): void {
  const entries = place.container as Record<string, unknown>;
  const isList = Array.isArray(place.container);
  for (const key of Object.keys(entries)) {
    const child = entries[key];
    if (!isList) checkKey(key, child, place);
    if (rules.checkText) {
      if (!isList) checkText(key, place);
      checkText(child, place);
    }
    if (isContainer(child)) pending.push({ container: child, key, parent: place, depth: place.depth + 1 });
  }
}

function checkKey(key: string, child: unknown, place: Place): void {
  const poisons =
    key === '__proto__' || (key === 'constructor' && isContainer(child) && Object.hasOwn(child, 'prototype'));
  if (poisons) refuse(place, `The key '${key}' is not allowed here`);
}

function checkText(value: unknown, place: Place | undefined): void {
  if (typeof value === 'string' && BAD_TEXT.test(value)) {
    refuse(place, 'A string holds a NUL or half of a surrogate pair, which cannot be stored');
  }
}

function refuse(place: Place | undefined, message: string): never {
  const path: string[] = [];
  for (let at = place; at?.parent; at = at.parent) path.unshift(at.key);
  const pointer = toPointer(path);
  throw new Problem('bad-request', {
    detail: `${message} (at '${pointer || '/'}').`,
    extras: { mistakes: [{ pointer, message }] },
  });
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
