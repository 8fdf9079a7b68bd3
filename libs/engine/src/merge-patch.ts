import { isObject } from './is-object';

/** JSON Merge Patch (RFC 7396): members of the patch replace, `null` removes, objects merge. Nothing given is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  // fromEntries defines members, __proto__ included, and never sets them.
  return Object.fromEntries(merged);
}
