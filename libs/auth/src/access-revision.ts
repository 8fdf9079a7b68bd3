import { CONFIG, type Config } from '@mock-server/config';
import { Database, RepeatedWork } from '@mock-server/database';
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
  private readonly listeners: (() => void)[] = [];
  private revision: number | undefined;
  private readonly polls = new RepeatedWork({
    everyMs: POLL_EVERY_MS,
    work: () => this.poll(),
    logger: new Logger('AccessRevision'),
    failure: 'The revision of users and roles cannot be read',
  });

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
      this.database.hint(manager, HINT);
      return done;
    });
    this.tell();
    return result;
  }

  onApplicationBootstrap(): void {
    if (this.config.signIn === undefined) return;
    this.polls.start();
    this.database.onHint(text => {
      if (text === HINT) this.tell();
    });
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.polls.stop();
  }

  private async poll(): Promise<void> {
    const row = await this.database.read(manager => manager.findOneBy(AccessRevisionEntity, { id: 1 }), 'upkeep');
    if (row === null || row.revision === this.revision) return;
    this.revision = row.revision;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
