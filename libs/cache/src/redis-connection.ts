import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import type Redis from 'ioredis';
import { ioredis } from './lazy-libraries';
import { RedisClock } from './redis-clock';

/** Milliseconds. */
const defaultPatience = { command: 500, socket: 1_000, heartbeat: 2_000, maxRetry: 5_000 };

/** So many readings of Redis's clock at a time: where one answer comes late, one of several does not. */
const readingsAtOnce = 5;

/** Provided by nobody: specs hand other times to the constructor. */
const PATIENCE = Symbol('PATIENCE');

/**
 * The one connection to Redis, if one is configured. While Redis is down commands fail at once, never wait: whoever asks has
 * another way. Connects when the application starts, and goes on trying for as long as it runs.
 */
@Injectable()
export class RedisConnection implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Undefined: no Redis is configured. */
  readonly client: Redis | undefined;
  readonly clock = new RedisClock();
  private readonly logger = new Logger('Redis');
  private lastReason: string | undefined;
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) { redisUrl }: Pick<Config, 'redisUrl'>,
    @Optional() @Inject(PATIENCE) private readonly patience = defaultPatience,
  ) {
    this.client = redisUrl === undefined ? undefined : this.createClient(redisUrl);
  }

  get configured(): boolean {
    return this.client !== undefined;
  }

  /** Whether a command would be answered, as far as is known: one that hangs is noticed within seconds. */
  get isUp(): boolean {
    return this.client?.status === 'ready';
  }

  /** Resolves when Redis is up, or after a moment without it: what is shared should be there before the first request. */
  async onApplicationBootstrap(): Promise<void> {
    const { client } = this;
    if (client === undefined) return;
    // The error event tells of a failure; the client retries by itself.
    const connected = client.connect().catch(() => undefined);
    this.heartbeat = setInterval(() => {
      if (this.isUp) void this.readClock(client);
    }, this.patience.heartbeat).unref();
    await Promise.race([connected, new Promise(resolve => setTimeout(resolve, this.patience.command).unref())]);
  }

  onApplicationShutdown(): void {
    clearInterval(this.heartbeat);
    this.client?.disconnect();
  }

  private createClient(url: string): Redis {
    const { Redis: Client } = ioredis();
    const client = new Client(url, {
      lazyConnect: true,
      // What is under way when the connection breaks fails too, and does not wait for the next one.
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      commandTimeout: this.patience.command,
      connectTimeout: 2_000,
      // A server that hangs keeps its sockets: give up the one that answers nothing, so that commands fail at once again.
      socketTimeout: this.patience.socket,
      retryStrategy: attempt => retryDelay(attempt, this.patience.maxRetry),
    });
    client.on('error', (error: Error) => this.reportDown(error));
    client.on('ready', () => {
      this.reportUp();
      void this.beginReadingClock(client);
    });
    return client;
  }

  /** Again soon, until the heartbeat does it: a process that starts is busy, and its first readings are bad ones. */
  private async beginReadingClock(client: Redis): Promise<void> {
    for (let restMs = 50; restMs < this.patience.heartbeat && this.isUp; restMs *= 2) {
      await this.readClock(client);
      await new Promise(resolve => setTimeout(resolve, restMs).unref());
    }
  }

  private async readClock(client: Redis): Promise<void> {
    try {
      for (let i = 0; i < readingsAtOnce; i++) await this.clock.read(() => client.time());
    } catch {
      // an outage tells about itself
    }
  }

  /** One line an outage, not one an attempt. */
  private reportDown(error: Error): void {
    const reason = (error as NodeJS.ErrnoException).code ?? error.message;
    if (reason === this.lastReason) return;
    this.lastReason = reason;
    this.logger.warn({ message: 'Redis is not reachable; retrying, and caching nothing meanwhile', reason });
  }

  private reportUp(): void {
    this.lastReason = undefined;
    this.logger.log('Redis is up');
  }
}

/** Doubles up to a cap. Half of it is chance, so that replicas do not all come back in one moment. */
function retryDelay(attempt: number, maxMs: number): number {
  return Math.min(maxMs, 50 * 2 ** Math.min(attempt, 16)) * (0.5 + Math.random() / 2);
}
