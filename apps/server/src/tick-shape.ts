import { createHook } from 'node:async_hooks';

let kept: object | undefined;

/**
 * Keeps one of the objects alive in which Node puts the callback of `process.nextTick`. Between two turns there may be none, and a full
 * collection then takes their hidden class, too; the next turn makes another. After a few collections, as an import of
 * 100,000 mocks brings them, Node's code has met too many classes and V8 makes each of these objects in its slow way, for the rest of the process's life: 0.5 to 1 us a
 * request. To be called before the first full collection. Gives the object; undefined: Node calls it by another name by now.
 */
export function keepTickShape(): object | undefined {
  const hook = createHook({
    init: (_id, type, _trigger, resource) => {
      if (type === 'TickObject') kept ??= resource;
    },
  });
  hook.enable();
  process.nextTick(() => undefined);
  hook.disable();
  return kept;
}
