import { z } from 'zod';
import { isObject } from './is-object';
import { at } from './mistake';

export const jsonPatchSchema = z
  .array(
    z.discriminatedUnion('op', [
      z.strictObject({ op: z.literal('add'), path: z.string().max(4_096), value: z.unknown() }),
      z.strictObject({ op: z.literal('replace'), path: z.string().max(4_096), value: z.unknown() }),
      z.strictObject({ op: z.literal('remove'), path: z.string().max(4_096) }),
    ]),
  )
  .max(10_000)
  .meta({ id: 'JsonPatch', description: 'JSON Patch (RFC 6902) with add, replace and remove' });

export type JsonPatch = z.output<typeof jsonPatchSchema>;
type Operation = JsonPatch[number];

export type Patched = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/** The operations that make one JSON value of another. Lists of another length are replaced whole. */
export function jsonPatchBetween(before: unknown, after: unknown, pointer = ''): JsonPatch {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((one, i) => jsonPatchBetween(one, after[i], at(pointer, i)));
  if (!isObject(before) || !isObject(after)) return [{ op: 'replace', path: pointer, value: after }];
  const removed = Object.keys(before).filter(name => !Object.hasOwn(after, name));
  return [
    ...removed.map((name): Operation => ({ op: 'remove', path: at(pointer, name) })),
    ...Object.entries(after).flatMap(([name, value]): JsonPatch => {
      const path = at(pointer, name);
      return Object.hasOwn(before, name) ? jsonPatchBetween(before[name], value, path) : [{ op: 'add', path, value }];
    }),
  ];
}

/** Applies operations in their order; nothing given is changed. The first that does not fit stops all. */
export function applyJsonPatch(target: unknown, patch: JsonPatch): Patched {
  let value = target;
  for (const [i, operation] of patch.entries()) {
    const steps = stepsOf(operation.path);
    const changed = steps === undefined ? failed : change(value, steps, operation);
    if (changed === failed)
      return { ok: false, message: `operation ${i} (${operation.op} ${operation.path}) does not fit` };
    value = changed;
  }
  return { ok: true, value };
}

const failed = Symbol('failed');

function stepsOf(pointer: string): string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function change(target: unknown, [step, ...rest]: readonly string[], operation: Operation): unknown {
  if (step === undefined) return operation.op === 'remove' ? failed : operation.value;
  if (Array.isArray(target)) return changeList(target, [step, ...rest], operation);
  if (!isObject(target)) return failed;
  const members = new Map(Object.entries(target));
  if (rest.length === 0 && operation.op === 'remove') return members.delete(step) ? fromMembers(members) : failed;
  if (!members.has(step) && (rest.length > 0 || operation.op === 'replace')) return failed;
  const changed = change(members.get(step), rest, operation);
  return changed === failed ? failed : fromMembers(members.set(step, changed));
}

function changeList(
  target: readonly unknown[],
  [step = '', ...rest]: readonly string[],
  operation: Operation,
): unknown {
  const isEnd = rest.length === 0 && operation.op === 'add';
  const index = step === '-' && isEnd ? target.length : /^(?:0|[1-9]\d{0,8})$/.test(step) ? Number(step) : -1;
  if (index < 0 || index >= target.length + (isEnd ? 1 : 0)) return failed;
  if (isEnd && operation.op === 'add') return target.toSpliced(index, 0, operation.value);
  if (rest.length === 0 && operation.op === 'remove') return target.toSpliced(index, 1);
  const changed = change(target[index], rest, operation);
  return changed === failed ? failed : target.with(index, changed);
}

/** `fromEntries` defines members, `__proto__` included, and never sets them. */
function fromMembers(members: ReadonlyMap<string, unknown>): object {
  return Object.fromEntries(members);
}
