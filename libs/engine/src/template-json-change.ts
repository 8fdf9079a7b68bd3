import { compileJsonPath, type JsonPath } from './json-path';
import { isObject } from './is-object';
import { numberOf } from './template-number';

/** The second object over the first, objects within objects merged; lists and all else replace. */
export function mergeJson(
  base: Record<string, unknown>,
  other: Record<string, unknown>,
  options: { readonly removesNulls: boolean },
): Record<string, unknown> {
  const merged = new Map(Object.entries(base));
  for (const [name, value] of Object.entries(other)) {
    const known = merged.get(name);
    if (value === null && options.removesNulls) merged.delete(name);
    else merged.set(name, isPlainObject(known) && isPlainObject(value) ? mergeJson(known, value, options) : value);
  }
  // fromEntries defines members, __proto__ included, and never sets them.
  return Object.fromEntries(merged);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return isObject(value) && numberOf(value) === undefined;
}

/** The document without what the path finds. What was given is not changed. */
export function removeAt(document: unknown, path: JsonPath): unknown {
  const marks = markedCopy(document, path);
  return withoutMarked(marks.copy, marks.found);
}

/** The document with what the path finds changed; undefined when nothing was found or a change was refused. */
export function changeAt(document: unknown, path: JsonPath, change: (value: unknown) => unknown): unknown {
  const { copy, found } = markedCopy(document, path);
  if (found.size === 0) return undefined;
  let isRefused = false;
  const walk = (node: unknown): unknown => {
    if (found.has(node)) {
      const changed = change(unbox(node));
      isRefused ||= changed === undefined;
      return changed;
    }
    if (Array.isArray(node)) return node.map(walk);
    return isObject(node) ? Object.fromEntries(Object.entries(node).map(([name, one]) => [name, walk(one)])) : node;
  };
  const changed = walk(copy);
  return isRefused ? undefined : changed;
}

/** A scalar in a copy, so that every place has an identity of its own. */
class Box {
  constructor(readonly value: unknown) {}
}

function unbox(node: unknown): unknown {
  if (node instanceof Box) return node.value;
  if (Array.isArray(node)) return node.map(unbox);
  return isObject(node) ? Object.fromEntries(Object.entries(node).map(([name, one]) => [name, unbox(one)])) : node;
}

/** A copy, and the places in it that the path finds: containers themselves, scalars as the box that replaces them. */
function markedCopy(document: unknown, path: JsonPath): { copy: unknown; found: Set<unknown> } {
  const copy = structuredClone(plain(document));
  const result = path.evaluate(copy);
  const found = new Set<unknown>();
  if (!result.found) return { copy, found };
  const containers = result.values.filter(value => typeof value === 'object' && value !== null);
  for (const container of containers) found.add(container);
  if (containers.length === result.values.length) return { copy, found };
  return boxed(copy, path, found);
}

const lastStep = /^(.*?)(\.\.|\.)?(?:([\w-]+|\*)|\[(?:'([^']*)'|"([^"]*)"|(-?\d+|\*))\])$/;

/** Scalars have no identity: what the path without its last step finds has them as members. */
function boxed(copy: unknown, path: JsonPath, found: Set<unknown>): { copy: unknown; found: Set<unknown> } {
  const step = lastStep.exec(path.text);
  const name = step?.[3] ?? step?.[4] ?? step?.[5] ?? step?.[6];
  if (step === null || name === undefined) return { copy, found };
  const before = step[1] === '' ? '$' : step[1]!;
  const prefixes = step[2] === '..' ? [before, `${before}..*`] : [before];
  for (const prefix of prefixes) {
    const parents = compileJsonPath(prefix);
    const result = parents.ok ? parents.path.evaluate(copy) : undefined;
    for (const parent of result?.found === true ? result.values : []) boxMembers(parent, name, found);
  }
  return { copy, found };
}

function boxMembers(parent: unknown, name: string, found: Set<unknown>): void {
  if (typeof parent !== 'object' || parent === null || parent instanceof Box) return;
  const holder = parent as Record<string, unknown>;
  const key = Array.isArray(parent) && name.startsWith('-') ? String(parent.length + Number(name)) : name;
  for (const one of key === '*' ? Object.keys(holder) : [key]) {
    if (!Object.hasOwn(holder, one) || (Array.isArray(parent) && !/^\d+$/.test(one))) continue;
    const value = holder[one];
    if ((typeof value === 'object' && value !== null) || one === '__proto__') continue;
    const box = new Box(value);
    holder[one] = box;
    found.add(box);
  }
}

function plain(value: unknown): unknown {
  const number = numberOf(value);
  if (number !== undefined) return number;
  if (Array.isArray(value)) return value.map(plain);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)])) : value;
}

function withoutMarked(node: unknown, marked: ReadonlySet<unknown>): unknown {
  if (Array.isArray(node)) return node.filter(one => !marked.has(one)).map(one => withoutMarked(one, marked));
  if (!isObject(node) || node instanceof Box) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([, one]) => !marked.has(one))
      .map(([name, one]) => [name, withoutMarked(one, marked)]),
  );
}

export type Sorted = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

/** Sorts the list before the path's last `[*]` by what follows it: `$.users[*].name`. */
export function sortJson(document: unknown, expression: string, order: { readonly isDescending: boolean }): Sorted {
  const mark = expression.lastIndexOf('[*]');
  if (mark < 0) return { ok: false, reason: 'The JSONPath of jsonSort must name the elements, like $.list[*].field' };
  const listPath = compileJsonPath(expression.slice(0, mark));
  const keyPath = compileJsonPath(`$${expression.slice(mark + 3)}`);
  if (!listPath.ok || !keyPath.ok) return { ok: false, reason: `${expression} is not a valid JSONPath expression` };
  const sort = (list: unknown): unknown => {
    if (!Array.isArray(list)) return undefined;
    const keyed = list.map((item: unknown) => ({ item, key: keyOf(keyPath.path, item) }));
    if (keyed.some(({ key }) => key === undefined)) return undefined;
    keyed.sort((a, b) => compareKeys(a.key, b.key) * (order.isDescending ? -1 : 1));
    return keyed.map(({ item }) => item);
  };
  const isRoot = expression.slice(0, mark) === '$';
  const value = isRoot ? sort(document) : changeAt(document, listPath.path, sort);
  return value === undefined
    ? { ok: false, reason: `jsonSort found no list of texts or numbers at ${expression}` }
    : { ok: true, value };
}

function keyOf(path: JsonPath, item: unknown): string | number | undefined {
  const result = path.evaluate(item);
  const key = result.found ? result.values[0] : undefined;
  return typeof key === 'string' ? key : numberOf(key);
}

function compareKeys(a: string | number | undefined, b: string | number | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const x = String(a);
  const y = String(b);
  return x < y ? -1 : x > y ? 1 : 0;
}
