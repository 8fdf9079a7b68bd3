import { RedisConnection } from '@mock-server/cache';
import { CONFIG, type Config } from '@mock-server/config';
import { type Provider } from '@nestjs/common';
import { MemoryStateStore } from './memory-state-store';
import { RedisStateStore } from './redis-state-store';
import { STATE_STORE, type StateStore } from './state-store';

/** In Redis where there is one: then replicas share it. */
export const stateStoreProvider: Provider = {
  provide: STATE_STORE,
  inject: [CONFIG, RedisConnection],
  useFactory: ({ state }: Pick<Config, 'state'>, redis: RedisConnection): StateStore =>
    redis.configured
      ? new RedisStateStore(redis, { limits: state, ttlMs: state.sharedForMs })
      : new MemoryStateStore(state),
};
