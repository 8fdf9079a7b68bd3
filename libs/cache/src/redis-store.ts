import { type CacheManagerStore } from 'cache-manager';
import type Redis from 'ioredis';
import { cacheManagerIoredis } from './lazy-libraries';

const scanCount = 500;

/**
 * The store of cache-manager-ioredis-yet, without two of its habits: it reads values with telejson, which makes code of a text such
 * as `_function_…|…` that somebody put into Redis, and it resets by FLUSHDB, which empties what others keep there too.
 * Keyv hands over texts only, and telejson writes a text as plain JSON.
 */
export function redisStore(client: Redis, namespace: string): CacheManagerStore {
  return {
    // Its types are those of an older cache-manager, and empty beside this one.
    ...(cacheManagerIoredis().redisInsStore(client) as unknown as CacheManagerStore),
    name: 'redis',
    get: async (key: string) => readText(await client.get(key)),
    mget: async (...keys: string[]) => (await client.mget(keys)).map(readText),
    reset: () => removeAll(client, `${namespace}:`),
  };
}

/** What is no text of ours counts as not there. */
function readText(stored: string | null): string | undefined {
  if (stored === null) return undefined;
  try {
    const value: unknown = JSON.parse(stored);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

async function removeAll(client: Redis, prefix: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', scanCount);
    if (keys.length > 0) await client.unlink(keys);
    cursor = next;
  } while (cursor !== '0');
}
