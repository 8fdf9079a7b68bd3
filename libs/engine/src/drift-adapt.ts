import { type DriftOptions, memberPath } from './drift';
import { compareAt } from './drift-json';
import { findRenamed } from './drift-rename';
import { isObject } from './is-object';
import { holdsTag, quoteTag, unquoteTag } from './templated-json';

/** A body that fits the backend's, and what could not be made to fit. */
export interface Adapted {
  readonly tree: unknown;
  readonly reasons: readonly string[];
}

interface Place {
  readonly path: string;
  /** What the mock says, templates as marks. */
  readonly tree: unknown;
  /** What comes of it. */
  readonly rendered: unknown;
  /** All that the backend has at this place, and which of it stands nearest. */
  readonly seen: readonly unknown[];
  readonly nearest: unknown;
}

const nothing = Symbol('nothing');

/**
 * The mock's body in the backend's structure: fields that came are taken over, fields that went go, renamed ones keep what they say,
 * and every value that still fits stays, templates too. A template is never replaced: where one does not fit, a reason says so.
 */
export function adaptJson(
  { tree, rendered }: { readonly tree: unknown; readonly rendered: unknown },
  backend: unknown,
  options: DriftOptions = {},
): Adapted {
  const reasons: string[] = [];
  const adapted = adapt({ path: '$', tree, rendered, seen: [backend], nearest: backend }, { options, reasons });
  return { tree: adapted, reasons };
}

interface Work {
  readonly options: DriftOptions;
  readonly reasons: string[];
}

function adapt(place: Place, work: Work): unknown {
  const { path, tree, rendered, seen, nearest } = place;
  if (seen.length === 0 || compareAt(path, [rendered], seen, work.options).length === 0) return tree;
  if (isObject(tree) && isObject(rendered) && seen.some(isObject)) return adaptObject(place, work);
  if (Array.isArray(tree) && Array.isArray(rendered) && seen.some(one => Array.isArray(one)))
    return adaptList(place, work);
  return holdsTag(tree) ? adaptTag(place, work) : nearest;
}

/** A tag alone may go in or out of quotes; whatever else differs is for a person. */
function adaptTag({ path, tree, rendered, seen, nearest }: Place, { options, reasons }: Work): unknown {
  const isNumberNow = typeof nearest === 'number' || typeof nearest === 'boolean';
  const other = isNumberNow && typeof rendered === 'string' ? unquoteTag(tree) : quoteTag(tree);
  const renderedOther = isNumberNow ? toScalar(rendered) : String(rendered);
  if (other !== undefined && compareAt(path, [renderedOther], seen, options).length === 0) return other;
  reasons.push(`${path} is made by a template that gives something else than the backend: change it by hand`);
  return tree;
}

function toScalar(rendered: unknown): unknown {
  if (rendered === 'true' || rendered === 'false') return rendered === 'true';
  return typeof rendered === 'string' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(rendered) ? Number(rendered) : rendered;
}

function adaptObject({ path, tree, rendered, seen, nearest }: Place, work: Work): unknown {
  const [own, shown] = [tree as Record<string, unknown>, rendered as Record<string, unknown>];
  const objects = seen.filter(isObject);
  const near = isObject(nearest) ? nearest : objects[0]!;
  const valuesAt = (name: string): unknown[] => objects.filter(one => Object.hasOwn(one, name)).map(one => one[name]);
  const there = new Set(objects.flatMap(one => Object.keys(one)));
  const gone = Object.keys(own).filter(name => !there.has(name));
  const came = [...there].filter(name => !Object.hasOwn(own, name));
  const renamed = findRenamed(
    gone.map(name => ({ name, values: [shown[name]] })),
    came.map(name => ({ name, values: valuesAt(name) })),
  );
  const inner = (old: string, now: string): unknown =>
    adapt(
      {
        path: memberPath(path, now),
        tree: own[old],
        rendered: shown[old],
        seen: valuesAt(now),
        nearest: Object.hasOwn(near, now) ? near[now] : valuesAt(now)[0],
      },
      work,
    );
  const newNames = new Set(renamed.values());
  const isWanted = (name: string): boolean =>
    Object.hasOwn(near, name) && compareAt(path, [{}], [{ [name]: near[name] }], work.options).length > 0;
  const kept = Object.keys(own).map((name): [string, unknown] => {
    const now = renamed.get(name) ?? name;
    if (there.has(now)) return [now, inner(name, now)];
    const isIgnored = compareAt(path, [{ [name]: own[name] }], [{}], work.options).length === 0;
    return [name, isIgnored ? own[name] : nothing];
  });
  const added = came.filter(name => !newNames.has(name) && isWanted(name)).map(name => [name, near[name]] as const);
  return Object.fromEntries([...kept.filter(([, value]) => value !== nothing), ...added]);
}

/** Each item by the backend's at the same place, or its last. */
function adaptList({ path, tree, rendered, seen, nearest }: Place, work: Work): unknown {
  const [own, shown] = [tree as unknown[], rendered as unknown[]];
  const items = seen.filter(one => Array.isArray(one)).flatMap(list => list as unknown[]);
  const near = Array.isArray(nearest) && nearest.length > 0 ? (nearest as unknown[]) : items;
  return own.map((one, i) =>
    adapt(
      {
        path: `${path}[*]`,
        tree: one,
        rendered: shown[i],
        seen: items,
        nearest: near[Math.min(i, near.length - 1)],
      },
      work,
    ),
  );
}
