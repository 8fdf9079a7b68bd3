import { type CacheModuleOptions, CacheModule as NestCacheModule } from '@nestjs/cache-manager';
import { Global, Module } from '@nestjs/common';
import { cacheStore } from './cache-store';
import { RedisConnection } from './redis-connection';
import { RedisModule } from './redis.module';

/** How long a value is kept when its writer does not say. */
const defaultTtlMs = 60_000;

/** `@Inject(CACHE_MANAGER) cache: Cache`, in memory or in Redis. Global: any room may cache what it can do without. */
@Global()
@Module({
  imports: [
    RedisModule,
    NestCacheModule.registerAsync({
      isGlobal: true,
      imports: [RedisModule],
      inject: [RedisConnection],
      // Keyv's types stand twice (for import and require) and do not fit each other; the object is the same.
      useFactory: (redis: RedisConnection) =>
        ({ ttl: defaultTtlMs, stores: [cacheStore(redis.client)] }) as unknown as CacheModuleOptions,
    }),
  ],
  exports: [RedisModule],
})
export class CacheModule {}
