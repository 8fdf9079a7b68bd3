import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { createCache, type Cache } from 'cache-manager';
import { cacheStore } from './cache-store';
import { RedisConnection } from './redis-connection';

const redisUrl = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';

describe.each([
  ['memory', undefined],
  ['Redis', redisUrl],
])('the cache in %s', (_name, url) => {
  let redis: RedisConnection;
  let cache: Cache;
  const key = (name: string): string => `${runId}:${name}`;
  const runId = randomUUID();

  beforeAll(async () => {
    redis = new RedisConnection({ redisUrl: url });
    await redis.client?.ping().catch(() => new Promise(resolve => redis.client?.once('ready', resolve)));
    cache = createCache({ stores: [cacheStore(redis.client)] });
  });
  afterAll(() => redis.onApplicationShutdown());

  it('gives back what was put in, objects too', async () => {
    await cache.set(key('a'), { list: [1, 'two', null] }, 5_000);
    expect(await cache.get(key('a'))).toEqual({ list: [1, 'two', null] });
  });

  it('has nothing under a key that was never set or was deleted', async () => {
    expect(await cache.get(key('never'))).toBeUndefined();
    await cache.set(key('b'), 1, 5_000);
    await cache.del(key('b'));
    expect(await cache.get(key('b'))).toBeUndefined();
  });

  it('forgets after its time to live', async () => {
    await cache.set(key('c'), 1, 40);
    expect(await cache.get(key('c'))).toBe(1);
    const end = Date.now() + 5_000;
    while ((await cache.get(key('c'))) !== undefined && Date.now() < end)
      await new Promise(resolve => setTimeout(resolve, 10));
    expect(await cache.get(key('c'))).toBeUndefined();
  });
});

describe('a Redis that is not there', () => {
  it('makes every get a miss, at once', async () => {
    const port = await closedPort();
    const redis = new RedisConnection({ redisUrl: `redis://127.0.0.1:${port}` });
    const cache = createCache({ stores: [cacheStore(redis.client)] });
    const startedAt = performance.now();
    await cache.set('a', 1, 1_000).catch(() => undefined);
    expect(await cache.get('a')).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(redis.isUp).toBe(false);
    redis.onApplicationShutdown();
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}
