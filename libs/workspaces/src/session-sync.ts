import { Database, isUniqueViolation, RepeatedWork, Succession } from '@mock-server/database';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { OpenSession } from './open-session';
import { isSessionScope } from './session';
import { SessionDirectory } from './session-directory';
import {
  deleteExpired,
  entityOf,
  extendSessions,
  insertSessions,
  lagMs,
  readSessions,
  readSessionSettings,
  slackMs,
} from './session-rows';
import { WorkspaceEntity } from './workspace.entity';
import { readHint, writeHint, type WorkspaceHint } from './workspace-hint';

const EVERY_MS = 1_000;
/** The revision that a hint names when there is none any more. */
const ended = Number.MAX_SAFE_INTEGER;

/** Keeps sessions in memory and in the table alike, once a second: new ones, ones that were used, ones that are over. */
@Injectable()
export class SessionSync implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private polls = 0;
  private readonly readings = new Succession(() => this.readTable());
  private storing: Promise<void> | undefined;
  private readonly updates = new RepeatedWork({
    everyMs: EVERY_MS,
    work: () => this.update(),
    logger: new Logger('Sessions'),
    failure: 'The sessions could not be brought up to date',
  });

  constructor(
    private readonly database: Database,
    private readonly sessions: SessionDirectory,
  ) {}

  onApplicationBootstrap(): void {
    this.database.onUp(() => this.poll());
    this.database.onHint(text => this.take(readHint(text)));
    this.updates.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.updates.stop();
    await this.readings.pending;
  }

  /** Resolves when the session has its row. Rejects when the database is down. */
  async ensureStored(scope: string): Promise<void> {
    for (let session = this.sessions.at(scope); session?.isStored === false; session = this.sessions.at(scope))
      await this.store();
  }

  /** Writes the row of a session that nobody has met; false when there is one. */
  async make(session: OpenSession): Promise<boolean> {
    try {
      await this.database.transaction(manager => manager.insert(WorkspaceEntity, entityOf(session)));
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
    await this.poll();
    return true;
  }

  /** Ends a session, with all that is its own. */
  async remove(scope: string): Promise<void> {
    await this.ensureStored(scope); // a row that comes later would bring it back
    await this.database.transaction(async manager => {
      await manager.delete(WorkspaceEntity, { id: scope });
      this.database.hint(manager, writeHint({ id: scope, revision: ended }));
    });
    await this.sessions.delete(scope);
  }

  /** Learns what other replicas did until now. Rejects when the database is down. */
  poll(): Promise<void> {
    return this.readings.afresh(); // one that is under way may have looked before
  }

  /** Another replica ended a session, or wrote in one that was not met here; the next poll finds it if this one fails. */
  private take(hint: WorkspaceHint | undefined): void {
    if (hint === undefined || !isSessionScope(hint.id)) return;
    if (hint.revision < ended && this.sessions.at(hint.id)?.isStored === true) return;
    this.poll().catch(() => undefined);
  }

  private async update(): Promise<void> {
    if (!this.database.isUp) return this.endIdle();
    await this.store();
    await this.extend();
    await this.sweep();
    await this.poll();
  }

  private store(): Promise<void> {
    this.storing ??= this.storeNew().finally(() => (this.storing = undefined));
    return this.storing;
  }

  private async storeNew(): Promise<void> {
    const news = this.sessions.all().filter(({ isStored }) => !isStored);
    if (news.length === 0) return;
    await this.database.transaction(manager => insertSessions(manager, news), 'upkeep');
    for (const session of news) session.storedInPoll = this.polls;
  }

  private async extend(): Promise<void> {
    const now = Date.now();
    const used = this.sessions.all().filter(session => isExtended(session));
    if (used.length > 0) await this.database.transaction(manager => extendSessions(manager, used, now), 'upkeep');
  }

  private async sweep(): Promise<void> {
    const now = Date.now();
    const isOver = ({ row }: OpenSession): boolean => row !== undefined && row.expiresAt < now;
    for (let hasMore = this.sessions.all().some(isOver); hasMore;) {
      const expired = await this.database.transaction(manager => deleteExpired(manager, Date.now()), 'upkeep');
      await Promise.all(expired.map(scope => this.sessions.delete(scope)));
      hasMore = expired.length > 0;
    }
  }

  /** Without a database, rows and what belongs to them stay. */
  private async endIdle(): Promise<void> {
    const now = Date.now();
    for (const { scope, isStored, expiresAt } of this.sessions.all())
      if (!isStored && expiresAt < now) await this.sessions.delete(scope);
  }

  private async readTable(): Promise<void> {
    const poll = ++this.polls;
    const rows = await this.database.read(readSessions, 'upkeep');
    const changed = rows.filter(row => this.sessions.learn(row)).map(({ scope }) => scope);
    const known = new Set(rows.map(({ scope }) => scope));
    for (const { scope, isStored, storedInPoll } of this.sessions.all())
      if (isStored && storedInPoll < poll && !known.has(scope)) this.sessions.end(scope);
    if (changed.length === 0) return;
    const settings = await this.database.read(manager => readSessionSettings(manager, changed), 'upkeep');
    settings.forEach(workspace => this.sessions.put(workspace));
  }
}

/** Whether it was used since its row was written, so much that the row would be over too early. */
function isExtended({ row, lastUsedAt, ttlMs }: OpenSession): boolean {
  return row !== undefined && lastUsedAt + ttlMs + slackMs(ttlMs) - row.expiresAt >= lagMs(ttlMs);
}
