import { Database, DatabaseUnavailableError, RepeatedWork } from '@mock-server/database';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { v7 as timeOrderedId } from 'uuid';
import { AuditEventEntity } from './audit-event.entity';

const WRITE_EVERY_MS = 200;
const MAX_WAITING = 10_000;
const ROWS_PER_INSERT = 200;

/**
 * Where audit events are written: a few times a second, many at once, so that an admin call does not wait for it. While
 * the database is down they wait here; beyond the cap they are dropped, counted and told of in the log.
 */
@Injectable()
export class AuditTrail implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private waiting: AuditEventEntity[] = [];
  private droppedCount = 0;
  private readonly writes = new RepeatedWork({
    everyMs: WRITE_EVERY_MS,
    work: () => this.writeAll(),
    logger: this.logger,
    failure: 'Audit events cannot be written',
  });

  constructor(private readonly database: Database) {}

  get dropped(): number {
    return this.droppedCount;
  }

  add(event: Omit<AuditEventEntity, 'id'>): void {
    if (this.waiting.length >= MAX_WAITING) {
      if (this.droppedCount++ === 0) this.logger.warn('Audit events are dropped: the database has been away too long');
      return;
    }
    this.waiting.push({ id: timeOrderedId({ msecs: event.at }), ...event });
  }

  /** Resolves when what was added before is written, if the database takes it. */
  flush(): Promise<void> {
    return this.writes.now();
  }

  onApplicationBootstrap(): void {
    this.writes.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.writes.stop();
    await this.flush();
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0 && this.database.isUp) {
      const batch = this.waiting.slice(0, ROWS_PER_INSERT);
      try {
        await this.database.transaction(manager => manager.insert(AuditEventEntity, batch));
      } catch (error) {
        if (error instanceof DatabaseUnavailableError) return;
        // One that the database refuses must not keep back those behind it.
        this.droppedCount += batch.length;
        this.logger.error(`${batch.length} audit events could not be written: ${String(error)}`);
      }
      this.waiting = this.waiting.slice(batch.length);
    }
  }
}
