import { type Drift, type DriftOptions, isIgnoredPath, memberPath } from './drift';
import { findRenamed, type Field } from './drift-rename';
import { compareTexts } from './drift-text';
import { isObject } from './is-object';

/** What stands at one place: several, where a list has several items. */
type Seen = readonly unknown[];

/** More differences than this in one answer are not told. */
export const maxDrifts = 200;
/** Items of a list that are looked at. */
const maxItems = 500;
const idLike = /^(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,64})$/i;

/** Differences in the structure of two JSON values: fields, types, null, words of a choice. What values say otherwise is no matter. */
export function compareJson(mock: unknown, backend: unknown, options: DriftOptions = {}): Drift[] {
  const found: Drift[] = [];
  compareSeen('$', [mock], [backend], { found, options });
  return found;
}

/** The same for all that was seen at one place. */
export function compareAt(path: string, mock: Seen, backend: Seen, options: DriftOptions = {}): Drift[] {
  const found: Drift[] = [];
  compareSeen(path, mock, backend, { found, options });
  return found;
}

interface Comparing {
  readonly found: Drift[];
  readonly options: DriftOptions;
}

function compareSeen(path: string, mock: Seen, backend: Seen, comparing: Comparing): void {
  const { found, options } = comparing;
  if (mock.length === 0 || backend.length === 0 || found.length >= maxDrifts) return;
  if (isIgnoredPath(path, options.ignoredPaths)) return;
  const [mockTypes, backendTypes] = [typesOf(mock), typesOf(backend)];
  const nullability = compareNull(path, mockTypes, backendTypes);
  if (nullability !== undefined) found.push(nullability);
  const type = compareTypes(path, mockTypes, backendTypes);
  if (type !== undefined) found.push(type);
  compareTextsAt(path, mock, backend, comparing);
  compareLists(path, mock, backend, comparing);
  compareObjects(path, mock.filter(isObject), backend.filter(isObject), comparing);
}

function compareNull(path: string, mock: ReadonlySet<string>, backend: ReadonlySet<string>): Drift | undefined {
  if (!mock.has('null') && backend.has('null'))
    return {
      kind: 'nullability',
      path,
      mock: listed(mock),
      backend: listed(backend),
      message:
        backend.size === 1 ? 'is null, which it never is in the mock' : 'may be null, which it never is in the mock',
    };
  if (mock.has('null') && mock.size === 1 && !backend.has('null'))
    return {
      kind: 'nullability',
      path,
      mock: 'null',
      backend: listed(backend),
      message: `is ${listed(backend)}, and null in the mock`,
    };
  return undefined;
}

function compareTypes(path: string, mock: ReadonlySet<string>, backend: ReadonlySet<string>): Drift | undefined {
  const [was, is] = [withoutNull(mock), withoutNull(backend)];
  if (was.size === 0 || is.size === 0) return undefined;
  if ([...is].every(type => was.has(type))) return undefined;
  return {
    kind: 'type',
    path,
    mock: listed(was),
    backend: listed(is),
    message: `is ${listed(is)}, not ${listed(was)}`,
  };
}

function compareTextsAt(path: string, mock: Seen, backend: Seen, { found, options }: Comparing): void {
  const [was, is] = [mock.filter(isText), backend.filter(isText)];
  const drift =
    was.length === 0 || is.length === 0 ? undefined : compareTexts(path, { mock: was, backend: is }, options.words);
  if (drift !== undefined) found.push(drift);
}

function compareLists(path: string, mock: Seen, backend: Seen, comparing: Comparing): void {
  const itemsOf = (seen: Seen): Seen =>
    seen.filter((one): one is unknown[] => Array.isArray(one)).flatMap(list => list.slice(0, maxItems));
  compareSeen(`${path}[*]`, itemsOf(mock), itemsOf(backend), comparing);
}

type Objects = readonly Readonly<Record<string, unknown>>[];

function compareObjects(path: string, mock: Objects, backend: Objects, comparing: Comparing): void {
  if (mock.length === 0 || backend.length === 0) return;
  if (isKeyedById(mock) && isKeyedById(backend))
    return compareSeen(`${path}[*]`, mock.flatMap(valuesOf), backend.flatMap(valuesOf), comparing);
  const fields = compareFields(path, mock, backend, comparing);
  for (const [old, now] of fields)
    compareSeen(memberPath(path, now), valuesAt(mock, old), valuesAt(backend, now), comparing);
}

/** Tells which fields came, went or were renamed, and gives the pairs that are to be compared further: old name, new name. */
function compareFields(
  path: string,
  mock: Objects,
  backend: Objects,
  { found, options }: Comparing,
): [string, string][] {
  const [was, is] = [namesOf(mock), namesOf(backend)];
  const isOf = (name: string): boolean => !isIgnoredPath(memberPath(path, name), options.ignoredPaths);
  // What only some of the mock's items have may be missing for that reason.
  const removed = was.filter(name => !is.includes(name) && mock.every(one => Object.hasOwn(one, name)) && isOf(name));
  const added = is.filter(name => !was.includes(name) && isOf(name));
  const fieldOf = (objects: Objects, name: string): Field => ({ name, values: valuesAt(objects, name) });
  const renamed = findRenamed(
    removed.map(name => fieldOf(mock, name)),
    added.map(name => fieldOf(backend, name)),
  );
  for (const [old, now] of renamed)
    found.push({
      kind: 'renamed',
      path: memberPath(path, old),
      mock: old,
      backend: now,
      message: `is called ${JSON.stringify(now)} now`,
    });
  const newNames = new Set(renamed.values());
  for (const name of removed)
    if (!renamed.has(name))
      found.push({
        kind: 'removed',
        path: memberPath(path, name),
        mock: listed(typesOf(valuesAt(mock, name))),
        message: 'is not there any more',
      });
  for (const name of added)
    if (!newNames.has(name)) {
      const types = listed(typesOf(valuesAt(backend, name)));
      found.push({ kind: 'added', path: memberPath(path, name), backend: types, message: `is new: ${types}` });
    }
  return [...was.filter(name => is.includes(name)).map((name): [string, string] => [name, name]), ...renamed];
}

function isKeyedById(objects: Objects): boolean {
  const names = objects.flatMap(one => Object.keys(one));
  return names.length > 0 && names.every(name => idLike.test(name));
}

function namesOf(objects: Objects): string[] {
  return [...new Set(objects.flatMap(one => Object.keys(one)))];
}

function valuesOf(one: object): unknown[] {
  return Object.values(one);
}

function valuesAt(objects: Objects, name: string): unknown[] {
  return objects.filter(one => Object.hasOwn(one, name)).map(one => one[name]);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function typesOf(seen: Seen): Set<string> {
  return new Set(seen.map(typeOf));
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}

function withoutNull(types: ReadonlySet<string>): Set<string> {
  return new Set([...types].filter(type => type !== 'null'));
}

function listed(types: ReadonlySet<string>): string {
  return [...types].sort().join(' or ');
}
