import { Redis } from 'ioredis';
import { serviceUrl } from './services';

export interface TestRedis {
  readonly url: string;
  drop(): Promise<void>;
}

const CLAIM_MS = 600_000;

/** A numbered database of its own on the real Redis: one that is empty, claimed in database 0 until it is dropped. */
export async function createTestRedis(): Promise<TestRedis> {
  const base = new URL(serviceUrl('redis'));
  for (let number = 1; number < 16; number++) {
    const claim = `mock-server-test:claim:${number}`;
    if (!(await onRedis(base.href, redis => redis.set(claim, '1', 'PX', CLAIM_MS, 'NX')))) continue;
    const url = new URL(base);
    url.pathname = `/${number}`;
    if ((await onRedis(url.href, redis => redis.dbsize())) === 0) {
      return {
        url: url.href,
        drop: async () => {
          await onRedis(url.href, redis => redis.flushdb());
          await onRedis(base.href, redis => redis.del(claim));
        },
      };
    }
    await onRedis(base.href, redis => redis.del(claim));
  }
  throw new Error('All 15 Redis databases are in use. Empty one, or set TEST_REDIS_URL to another Redis.');
}

async function onRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1, connectTimeout: 5_000 });
  await redis.connect();
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
