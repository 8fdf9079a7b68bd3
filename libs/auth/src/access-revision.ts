import { CONFIG, type Config } from '@mock-server/config';
import { Database, DatabaseUnavailableError } from '@mock-server/database';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessRevisionEntity } from './access-revision.entity';

const POLL_EVERY_MS = 1_000;
const HINT = 'access';

/**
 * How replicas notice a change of users, roles and tokens: one row, read every second, whose revision rises with each.
 * With AUTH=off nothing is read.
 */
@Injectable()
export class AccessRevision implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('AccessRevision');
  private readonly listeners: (() => void)[] = [];
  private revision: number | undefined;
  private polling: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Pick<Config, 'signIn'>,
  ) {}

  /** Called when anything changed: forget what was read. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** A transaction that changes who may do what. Others follow within a second; this replica when it resolves. */
  async change<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const result = await this.database.transaction(async manager => {
      // First, so that two changes follow one another: what one checks, such as the last admin, the other has not undone.
      await manager.increment(AccessRevisionEntity, { id: 1 }, 'revision', 1);
      const done = await work(manager);
      await this.database.hint(manager, HINT);
      return done;
    });
    this.tell();
    return result;
  }

  onApplicationBootstrap(): void {
    if (this.config.signIn === undefined) return;
    this.timer = setInterval(() => void this.poll(), POLL_EVERY_MS);
    this.database.onHint(text => {
      if (text === HINT) this.tell();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.polling;
  }

  private poll(): Promise<void> {
    this.polling ??= this.read().finally(() => (this.polling = undefined));
    return this.polling;
  }

  private async read(): Promise<void> {
    if (!this.database.isUp) return;
    try {
      const row = await this.database.read(manager => manager.findOneBy(AccessRevisionEntity, { id: 1 }));
      if (row === null || row.revision === this.revision) return;
      this.revision = row.revision;
      this.tell();
    } catch (error) {
      // The database tells about itself.
      if (error instanceof DatabaseUnavailableError) return;
      this.logger.error(`The revision of users and roles cannot be read: ${String(error)}`);
    }
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
