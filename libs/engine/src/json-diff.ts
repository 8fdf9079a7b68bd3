import { isObject } from './is-object';

/** One difference of two JSON values: where (JSON Pointer), and what stood there; absent: nothing did. */
export interface JsonChange {
  readonly pointer: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

const defaultLimit = 500;

/**
 * What makes one JSON value the other, from top to bottom: objects key by key, lists place by place. At most `limit` changes
 * (default 500) are told; `isCut` says that there are more.
 */
export function diffJson(
  before: unknown,
  after: unknown,
  limit: number = defaultLimit,
): { readonly changes: readonly JsonChange[]; readonly isCut: boolean } {
  const changes: JsonChange[] = [];
  // A stack of our own: a deep document must not end the process.
  const waiting: { pointer: string; before: unknown; after: unknown }[] = [{ pointer: '', before, after }];
  while (waiting.length > 0) {
    const pair = waiting.pop()!;
    const children = childrenOf(pair.before, pair.after);
    if (children !== undefined) {
      for (const key of children.reverse())
        waiting.push({
          pointer: `${pair.pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
          before: partOf(pair.before, key),
          after: partOf(pair.after, key),
        });
      continue;
    }
    if (Object.is(pair.before, pair.after)) continue;
    if (changes.length >= limit) return { changes, isCut: true };
    changes.push(changeOf(pair));
  }
  return { changes, isCut: false };
}

/** The keys of both, when both are objects or both are lists. */
function childrenOf(before: unknown, after: unknown): string[] | undefined {
  if (Array.isArray(before) && Array.isArray(after))
    return Array.from({ length: Math.max(before.length, after.length) }, (_, i) => String(i));
  if (isObject(before) && isObject(after)) return [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return undefined;
}

function partOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)] as unknown;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function changeOf({ pointer, before, after }: { pointer: string; before: unknown; after: unknown }): JsonChange {
  return { pointer, ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
}
