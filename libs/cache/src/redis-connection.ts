import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import Redis from 'ioredis';

const maxRetryMs = 5_000;

/** The one connection to Redis, if one is configured. While it is down commands fail at once: whoever asks has another way. */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  readonly client: Redis | undefined;
  private readonly logger = new Logger('Redis');
  private lastError: string | undefined;

  constructor(@Inject(CONFIG) { redisUrl }: Pick<Config, 'redisUrl'>) {
    if (redisUrl === undefined) return;
    const client = new Redis(redisUrl, {
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      commandTimeout: 500,
      connectTimeout: 2_000,
      // Half of it is chance, so that replicas do not all come back at one moment.
      retryStrategy: attempt => Math.min(maxRetryMs, 100 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
    });
    client.on('error', (error: Error) => this.note(error));
    client.on('ready', () => {
      this.lastError = undefined;
      this.logger.log('Redis is up');
    });
    this.client = client;
  }

  get configured(): boolean {
    return this.client !== undefined;
  }

  get isUp(): boolean {
    return this.client?.status === 'ready';
  }

  onApplicationShutdown(): void {
    this.client?.disconnect();
  }

  /** The same reason over and over is logged once. */
  private note(error: Error): void {
    const reason = (error as NodeJS.ErrnoException).code ?? error.message;
    if (reason === this.lastError) return;
    this.lastError = reason;
    this.logger.warn(`Redis is not reachable, retrying: ${reason}. Caching goes on without it.`);
  }
}
