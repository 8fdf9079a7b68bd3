import { Readable } from 'node:stream';
import { CONFIG, type Config } from '@mock-server/config';
import { Database } from '@mock-server/database';
import { Inject, Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { AuditEventEntity } from './audit-event.entity';
import { pageSizeOf, whereOf, type AuditFilter } from './audit-query';
import { AuditTrail } from './audit-trail';
import { CSV_HEAD, toCsvLine, viewEvent, type AuditView } from './audit-view';

const DAY_MS = 86_400_000;
const EXPORT_PAGE = 500;
const SWEEP_ROWS = 5_000;

/** What may be asked of the audit trail. `workspaceId` is the bound of an owner; undefined: everything, for an admin. */
@Injectable()
export class AuditService {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    @Inject(CONFIG) private readonly config: Pick<Config, 'auditRetentionDays'>,
  ) {}

  /** Newest first. `next` is the `before` of the page that follows. */
  async list(filter: AuditFilter, workspaceId?: string): Promise<{ events: AuditView[]; next: string | null }> {
    await this.trail.flush();
    const events = await this.page(filter, workspaceId, pageSizeOf(filter));
    return {
      events: events.map(viewEvent),
      next: events.length < pageSizeOf(filter) ? null : (events.at(-1)?.id ?? null),
    };
  }

  /** All that the filter lets through, a page of rows in memory at a time. */
  export(filter: AuditFilter, workspaceId?: string): Readable {
    return Readable.from(this.lines(filter, workspaceId));
  }

  async sweep(): Promise<void> {
    const { auditRetentionDays } = this.config;
    if (auditRetentionDays === 0) return;
    const over = { at: LessThan(Date.now() - auditRetentionDays * DAY_MS) };
    for (let removed = SWEEP_ROWS; removed === SWEEP_ROWS;) {
      removed = await this.database.transaction(async manager => {
        const rows = await manager.find(AuditEventEntity, { where: over, select: { id: true }, take: SWEEP_ROWS });
        if (rows.length > 0)
          await manager.delete(
            AuditEventEntity,
            rows.map(({ id }) => id),
          );
        return rows.length;
      });
    }
  }

  private async *lines(filter: AuditFilter, workspaceId: string | undefined): AsyncGenerator<string> {
    await this.trail.flush();
    if (filter.format === 'csv') yield CSV_HEAD;
    for (let before = filter.before; ;) {
      const events = await this.page({ ...filter, before }, workspaceId, EXPORT_PAGE);
      const views = events.map(viewEvent);
      if (views.length > 0) {
        yield views.map(view => (filter.format === 'csv' ? toCsvLine(view) : `${JSON.stringify(view)}\n`)).join('');
      }
      if (events.length < EXPORT_PAGE) return;
      before = events.at(-1)?.id;
    }
  }

  private page(filter: AuditFilter, workspaceId: string | undefined, take: number): Promise<AuditEventEntity[]> {
    return this.database.read(manager =>
      manager.find(AuditEventEntity, { where: whereOf(filter, workspaceId), order: { id: 'DESC' }, take }),
    );
  }
}
