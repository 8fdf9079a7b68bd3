import { withoutHeaders } from './header-list';
import { readJson } from './json-value';
import { mergePatch } from './merge-patch';
import { type ReplyPatch } from './proxy-reply';

/** The body with the patch merged in; undefined when it is not JSON. */
export function patchJsonBody(text: string, { merge }: NonNullable<ReplyPatch['json']>): string | undefined {
  const reading = readJson(text);
  return reading.isJson ? JSON.stringify(mergePatch(reading.value, merge)) : undefined;
}

/** Headers, name, value, …, with those of the patch in the place of theirs; new ones stand last. */
export function patchHeaders(headers: readonly string[], patch: ReplyPatch['headers']): string[] {
  const touched = new Set(patch.map(([name]) => name.toLowerCase()));
  const kept = withoutHeaders(headers, name => touched.has(name));
  return [...kept, ...patch.flatMap(([name, values]) => (values ?? []).flatMap(value => [name, value]))];
}
