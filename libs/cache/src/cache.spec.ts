import { randomUUID } from 'node:crypto';
import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule, readConfig } from '@mock-server/config';
import { type Cache, createCache } from 'cache-manager';
import Redis from 'ioredis';
import { eventually } from '../../../test/support/eventually';
import { serviceUrl } from '../../../test/support/services';
import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy';
import { cacheStore } from './cache-store';
import { CacheModule } from './cache.module';
import { RedisConnection } from './redis-connection';

const redisUrl = serviceUrl('redis');
const hour = 3_600_000;

beforeAll(() => Logger.overrideLogger(false));

describe.each([
  ['memory', undefined],
  ['Redis', redisUrl],
])('the cache in %s', (_name, url) => {
  const namespace = `test:${randomUUID()}`;
  const redis = new RedisConnection({ redisUrl: url });
  const cache = createCache({ stores: [cacheStore(redis.client, { namespace })] });

  beforeAll(async () => {
    await redis.onApplicationBootstrap();
    await eventually(() => !redis.configured || redis.isUp);
  });
  afterAll(async () => {
    await cache.clear();
    redis.onApplicationShutdown();
  });

  it.each<[string, unknown]>([
    ['a text', 'héllo'],
    ['zero', 0],
    ['false', false],
    ['an object', { list: [1, 'two', null], nested: { a: true } }],
    ['a text that looks like code to telejson', '_function_x|() => { throw new Error("ran") }'],
    ['a text that looks like a date to telejson', { a: '_date_2020-01-01', b: '_undefined_', c: '_regexp_g|x' }],
  ])('gives back %s as it was put in', async (name, value) => {
    await cache.set(name, value, hour);
    expect(await cache.get(name)).toEqual(value);
    expect(await cache.mget([name, 'never'])).toEqual([value, undefined]);
  });

  it('has nothing under a key that was never set, or was deleted', async () => {
    expect(await cache.get('never')).toBeUndefined();
    await cache.set('deleted', 1, hour);
    await cache.del('deleted');
    expect(await cache.get('deleted')).toBeUndefined();
  });

  it('forgets after the time to live', async () => {
    await cache.set('short', 1, 60);
    expect(await cache.get('short')).toBe(1);
    await eventually(async () => (await cache.get('short')) === undefined);
  });

  it('asks the source once for one value', async () => {
    let asked = 0;
    const source = (): Promise<number> => Promise.resolve(++asked);
    const values = await Promise.all([1, 2, 3].map(() => cache.wrap('wrapped', source, hour)));
    expect([...values, await cache.wrap('wrapped', source, hour)]).toEqual([1, 1, 1, 1]);
  });

  it('holds several values, and is empty after a clear', async () => {
    await cache.mset([
      { key: 'm1', value: 1, ttl: hour },
      { key: 'm2', value: 2, ttl: hour },
    ]);
    expect(await cache.mget(['m1', 'm2'])).toEqual([1, 2]);
    await cache.clear();
    expect(await cache.mget(['m1', 'm2'])).toEqual([undefined, undefined]);
  });
});

describe('memory', () => {
  it('is bounded: the least recently used value goes', async () => {
    const cache = createCache({ stores: [cacheStore(undefined, { maxEntries: 2 })] });
    for (const key of ['a', 'b']) await cache.set(key, key, hour);
    await cache.get('a');
    await cache.set('c', 'c', hour);
    expect(await cache.mget(['a', 'b', 'c'])).toEqual(['a', undefined, 'c']);
  });
});

describe('a Redis that others use too', () => {
  const other = new Redis(redisUrl);
  const namespace = `test:${randomUUID()}`;
  const foreign = `test:foreign:${randomUUID()}`;
  const redis = new RedisConnection({ redisUrl });
  const cache = createCache({ stores: [cacheStore(redis.client, { namespace })] });

  beforeAll(async () => {
    await redis.onApplicationBootstrap();
    await eventually(() => redis.isUp);
  });
  afterAll(async () => {
    await other.del(foreign, `${namespace}:evil`);
    other.disconnect();
    redis.onApplicationShutdown();
  });

  it('keeps what is not of the cache when the cache is cleared', async () => {
    await other.set(foreign, 'theirs', 'PX', hour);
    await cache.set('ours', 1, hour);
    await cache.clear();
    expect(await cache.get('ours')).toBeUndefined();
    expect(await other.get(foreign)).toBe('theirs');
  });

  it.each([
    '"_function_x|() => { globalThis.wasRun = true }"',
    '{"value":{"toJSON":"_function_toJSON|() => { globalThis.wasRun = true }"}}',
    '"a","b":"_function_x|() => { globalThis.wasRun = true }"',
    'no JSON',
    'null',
  ])('runs nothing that somebody put there: %s', async planted => {
    await other.set(`${namespace}:evil`, planted, 'PX', hour);
    JSON.stringify(await cache.get('evil'));
    expect(globalThis).not.toHaveProperty('wasRun');
  });
});

describe('a Redis that goes away', () => {
  const patience = { command: 100, socket: 150, heartbeat: 100, maxRetry: 100 };
  let proxy: TcpProxy;
  let redis: RedisConnection;
  let cache: Cache;

  beforeEach(async () => {
    proxy = await startTcpProxy(redisUrl);
    redis = new RedisConnection({ redisUrl: proxy.url }, patience);
    cache = createCache({ stores: [cacheStore(redis.client, { namespace: `test:${randomUUID()}` })] });
  });
  afterEach(async () => {
    redis.onApplicationShutdown();
    await proxy.close();
  });

  /** Every use of the cache goes on without it: misses, no error, no wait. */
  async function expectMisses(): Promise<void> {
    const startedAt = performance.now();
    await cache.set('a', 1, hour);
    expect(await cache.get('a')).toBeUndefined();
    expect(await cache.mget(['a', 'b'])).toEqual([undefined, undefined]);
    expect(await cache.wrap('a', () => Promise.resolve('from the source'), hour)).toBe('from the source');
    await cache.mset([{ key: 'a', value: 1, ttl: hour }]);
    await cache.del('a');
    await cache.clear();
    expect(performance.now() - startedAt).toBeLessThan(500);
  }

  it('makes misses when it is down at the start, and is used once it is there', async () => {
    await proxy.cut();
    await redis.onApplicationBootstrap();
    await expectMisses();
    expect(redis).toMatchObject({ configured: true, isUp: false });
    await proxy.resume();
    await eventually(() => redis.isUp);
    await cache.set('b', 2, hour);
    expect(await cache.get('b')).toBe(2);
  });

  it('makes misses when it stops later, and is used when it is back', async () => {
    await redis.onApplicationBootstrap();
    await eventually(() => redis.isUp);
    await proxy.cut();
    await eventually(() => !redis.isUp);
    await expectMisses();
    await proxy.resume();
    await eventually(() => redis.isUp);
  });

  it('makes misses when it hangs: that is noticed without a request', async () => {
    await redis.onApplicationBootstrap();
    await eventually(() => redis.isUp);
    proxy.stall();
    await eventually(() => !redis.isUp, 5_000);
    await expectMisses();
    await proxy.resume();
    await eventually(() => redis.isUp);
  });

  it('fails what is under way when it breaks off at once, and does not wait to be connected again', async () => {
    await redis.onApplicationBootstrap();
    await eventually(() => redis.isUp);
    const { client } = redis;
    const happened: string[] = [];
    proxy.stall();
    const asked = client!.get('a').catch(() => happened.push('failed'));
    client!.once('connecting', () => happened.push('connecting'));
    await proxy.cut();
    await asked;
    expect(happened).toEqual(['failed']);
  });

  it('makes a miss of the very request that finds it hanging', async () => {
    await redis.onApplicationBootstrap();
    await eventually(() => redis.isUp);
    proxy.stall();
    expect(await cache.get('a')).toBeUndefined();
  });
});

describe('the module', () => {
  it.each([
    ['memory', {}, false],
    ['Redis', { REDIS_URL: redisUrl }, true],
  ])('gives every room a cache in %s, and closes it with the application', async (_name, env, configured) => {
    class App {}
    const imports = [ConfigModule.forRoot(readConfig(env)), CacheModule];
    const app = await NestFactory.createApplicationContext({ module: App, imports }, { logger: false });
    const cache = app.get<Cache>(CACHE_MANAGER);
    const redis = app.get(RedisConnection);
    expect(redis.configured).toBe(configured);
    await eventually(() => redis.isUp === configured);
    const key = randomUUID();
    await cache.set(key, { a: 1 });
    expect(await cache.get(key)).toEqual({ a: 1 });
    await cache.del(key);
    await app.close();
    await eventually(() => !redis.isUp);
  });
});
