import { CacheableMemory } from 'cacheable';
import { KeyvAdapter } from 'cache-manager';
import { redisInsStore } from 'cache-manager-ioredis-yet';
import { Keyv } from 'keyv';
import type Redis from 'ioredis';

/** Values in memory beyond this are dropped, the least recently used first. */
const maxMemoryEntries = 10_000;
const namespace = 'mock-server';

/** The store behind the cache: Redis when there is a client, else a bounded one in memory. A failing Redis makes misses, not errors. */
export function cacheStore(client: Redis | undefined): Keyv {
  const store =
    client === undefined
      ? new CacheableMemory({ lruSize: maxMemoryEntries })
      : new KeyvAdapter(redisInsStore(client) as unknown as ConstructorParameters<typeof KeyvAdapter>[0]);
  const keyv = new Keyv({ store, namespace, throwOnErrors: false });
  // The connection tells about itself, once; a listener here keeps a failed command from becoming an uncaught error.
  keyv.on('error', () => undefined);
  return keyv;
}
