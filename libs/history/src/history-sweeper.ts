import { CONFIG, type Config } from '@mock-server/config';
import { Database, DatabaseUnavailableError, RepeatedWork, run, sql } from '@mock-server/database';
import { RevisionEntity, WorkspaceDirectory, WorkspaceEntity } from '@mock-server/workspaces';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { LessThan, type EntityManager } from 'typeorm';

const DAY_MS = 86_400_000;
const SWEEP_EVERY_MS = 30_000;
/** Whoever changes nothing has history that grows old nevertheless. */
const SWEEP_ALL_EVERY_MS = 3_600_000;
const ROWS_PER_DELETE = 1_000;

/** Forgets what is older than its time, and what is more than a workspace may keep: the oldest first. */
@Injectable()
export class HistorySweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('HistorySweeper');
  private readonly changed = new Set<string>();
  private readonly sweeps = new RepeatedWork({
    everyMs: SWEEP_EVERY_MS,
    work: () => this.sweep(),
    logger: this.logger,
    failure: 'The workspaces could not be listed',
  });
  private allSweptAt = 0;
  private isClosing = false;

  constructor(
    private readonly database: Database,
    private readonly directory: WorkspaceDirectory,
    @Inject(CONFIG) private readonly config: Pick<Config, 'history'>,
  ) {}

  onApplicationBootstrap(): void {
    this.directory.onChange(({ id }) => this.changed.add(id));
    this.sweeps.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    await this.sweeps.stop();
  }

  /** Looks after the workspaces that changed since the last time, each hour after all. */
  async sweep(now: number = Date.now()): Promise<void> {
    if (now - this.allSweptAt >= SWEEP_ALL_EVERY_MS) {
      // From the table: sessions are workspaces too, and the directory tells of none.
      const rows = await this.database.read(manager => manager.find(WorkspaceEntity, { select: { id: true } }));
      for (const { id } of rows) this.changed.add(id);
      this.allSweptAt = now;
    }
    const ids = [...this.changed];
    for (const id of ids) {
      if (this.isClosing) return;
      this.changed.delete(id);
      await this.sweepWorkspace(id, now);
    }
  }

  private async sweepWorkspace(workspaceId: string, now: number): Promise<void> {
    try {
      const first = await this.database.read(manager => this.firstToKeep(manager, workspaceId, now));
      if (first === undefined) return;
      for (let deleted = ROWS_PER_DELETE; deleted === ROWS_PER_DELETE && !this.isClosing;) {
        deleted = await this.database.transaction(manager => deleteVersions(manager, workspaceId, first));
        await new Promise(resolve => setImmediate(resolve));
      }
      await this.database.transaction(async manager => {
        await manager.delete(RevisionEntity, { workspaceId, revision: LessThan(first) });
        // What it replaced is gone: it weighs nothing any more.
        await manager.update(RevisionEntity, { workspaceId, revision: first }, { keptSize: 0 });
      });
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) {
        this.changed.add(workspaceId);
        throw error;
      }
      this.logger.error(`The history of workspace ${workspaceId} could not be cut: ${String(error)}`);
    }
  }

  /** The oldest revision that one can still go back to; undefined: all that there are. */
  private async firstToKeep(manager: EntityManager, workspaceId: string, now: number): Promise<number | undefined> {
    const { retentionDays, maxRevisions, maxBytes } = this.config.history;
    const oldest = retentionDays === 0 ? 0 : now - retentionDays * DAY_MS;
    const [row] = await run<{ newest: string | number | null; first: string | number | null }>(
      manager,
      sql`SELECT MAX(revision) AS newest,
            MAX(CASE WHEN at < ${oldest} OR number > ${maxRevisions} OR size > ${maxBytes} THEN revision END) AS first
          FROM (
            SELECT revision, at,
              ROW_NUMBER() OVER (ORDER BY revision DESC) AS number,
              SUM(kept_size) OVER (ORDER BY revision DESC) AS size
            FROM revisions WHERE workspace_id = ${workspaceId}) AS numbered`,
    );
    if (row?.first == null) return undefined;
    return Number(row.first);
  }
}

/** What ended at or before a revision is needed by nobody who goes back to that one at the earliest. */
async function deleteVersions(manager: EntityManager, workspaceId: string, first: number): Promise<number> {
  const gone = await run(
    manager,
    sql`DELETE FROM mock_versions WHERE workspace_id = ${workspaceId} AND (id, until_revision) IN (
          SELECT id, until_revision FROM mock_versions
          WHERE workspace_id = ${workspaceId} AND until_revision <= ${first} LIMIT ${ROWS_PER_DELETE})
        RETURNING 1 AS gone`,
  );
  return gone.length;
}
