import { KeyvAdapter } from 'cache-manager';
import { CacheableMemory } from 'cacheable';
import type Redis from 'ioredis';
import { Keyv } from 'keyv';
import { redisStore } from './redis-store';

/** Values in memory beyond this are dropped, the least recently used first. */
const maxMemoryEntries = 10_000;
const defaultNamespace = 'mock-server:cache';

interface CacheStoreOptions {
  readonly namespace?: string;
  readonly maxEntries?: number;
}

/** What is behind the cache: Redis when there is a client, else a bounded memory. A Redis that fails makes misses, not errors. */
export function cacheStore(client: Redis | undefined, options: CacheStoreOptions = {}): Keyv {
  const { namespace = defaultNamespace, maxEntries = maxMemoryEntries } = options;
  const store =
    client === undefined
      ? new CacheableMemory({ lruSize: maxEntries })
      : new KeyvAdapter(redisStore(client, namespace));
  const keyv = new Keyv({ store, namespace, throwOnErrors: false });
  // Redis reports its own outage, once; without a listener a failed command would be an uncaught error.
  keyv.on('error', () => undefined);
  return keyv;
}
