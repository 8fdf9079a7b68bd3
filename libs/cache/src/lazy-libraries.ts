/* eslint-disable @typescript-eslint/no-require-imports -- an import would load these at start; only a server with Redis needs them */
import type * as CacheManagerIoredis from 'cache-manager-ioredis-yet';
import type * as Ioredis from 'ioredis';

export const ioredis = (): typeof Ioredis => require('ioredis') as typeof Ioredis;

export const cacheManagerIoredis = (): typeof CacheManagerIoredis =>
  require('cache-manager-ioredis-yet') as typeof CacheManagerIoredis;
