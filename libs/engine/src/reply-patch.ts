import { isObject, readJson } from './json-value';
import { type ReplyPatch } from './proxy-reply';

/** RFC 7396: members of the patch replace those of the target, null takes one away, anything but an object replaces the whole. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** The body with the patch merged in; undefined when it is not JSON. */
export function patchJsonBody(text: string, { merge }: NonNullable<ReplyPatch['json']>): string | undefined {
  const reading = readJson(text);
  return reading.isJson ? JSON.stringify(mergePatch(reading.value, merge)) : undefined;
}

/** Headers, name, value, …, with those of the patch in the place of theirs; new ones stand last. */
export function patchHeaders(headers: readonly string[], patch: ReplyPatch['headers']): string[] {
  const touched = new Set(patch.map(([name]) => name.toLowerCase()));
  const kept = headers.filter((_, i) => !touched.has(headers[i - (i % 2)]!.toLowerCase()));
  return [...kept, ...patch.flatMap(([name, values]) => (values ?? []).flatMap(value => [name, value]))];
}
