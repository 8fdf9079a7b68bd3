export { CacheModule } from './cache.module';
export { cacheStore } from './cache-store';
export { RedisClock } from './redis-clock';
export { RedisConnection } from './redis-connection';
export { Replicas, ReplicasSilentError } from './replicas';
