import { In, LessThan, Not, IsNull, type EntityManager, type FindOptionsWhere } from 'typeorm';
import type { OpenSession, SessionRow } from './open-session';
import type { Workspace } from './workspace';
import { toWorkspace, WorkspaceEntity } from './workspace.entity';

const rowsPerStatement = 100;

/** How much later than it must be the use of a session is written down: a row a minute at most, for a session of an hour. */
export function lagMs(ttlMs: number): number {
  return Math.min(60_000, Math.max(1_000, ttlMs / 60));
}

/** How much longer than its time to live the row of a session stays, so that none is taken for idle that is used on some replica. */
export function slackMs(ttlMs: number): number {
  return lagMs(ttlMs) + 3_000;
}

/** Rows of sessions that have none yet; one that another replica wrote meanwhile stays as it is. */
export async function insertSessions(manager: EntityManager, news: readonly OpenSession[]): Promise<void> {
  // In one order on all replicas: two that insert the same ones wait for each other, and must not do so in a ring.
  const sessions = news.toSorted((one, other) => (one.scope < other.scope ? -1 : 1));
  for (let start = 0; start < sessions.length; start += rowsPerStatement) {
    await manager
      .createQueryBuilder()
      .insert()
      .into(WorkspaceEntity)
      .values(sessions.slice(start, start + rowsPerStatement).map(entityOf))
      .orIgnore()
      .execute();
  }
}

/** All of them, lean: this is asked every second. */
export async function readSessions(manager: EntityManager): Promise<SessionRow[]> {
  const rows = await manager
    .createQueryBuilder(WorkspaceEntity, 'session')
    .select('session.id', 'scope')
    .addSelect('session.baseId', 'workspaceId')
    .addSelect('session.name', 'id')
    .addSelect('session.ttlMs', 'ttlMs')
    .addSelect('session.createdAt', 'createdAt')
    .addSelect('session.expiresAt', 'expiresAt')
    .addSelect('session.revision', 'revision')
    .where('session.baseId IS NOT NULL')
    .getRawMany<Record<Exclude<keyof SessionRow, 'lastUsedAt'>, string | number>>();
  return rows.map(({ scope, workspaceId, id, ttlMs, createdAt, expiresAt, revision }) => ({
    scope: String(scope),
    workspaceId: String(workspaceId),
    id: String(id),
    ttlMs: Number(ttlMs),
    createdAt: Number(createdAt),
    lastUsedAt: Number(expiresAt) - Number(ttlMs) - slackMs(Number(ttlMs)),
    expiresAt: Number(expiresAt),
    revision: Number(revision),
  }));
}

/** Sessions as workspaces, with what was set for each of them alone. */
export async function readSessionSettings(manager: EntityManager, scopes: readonly string[]): Promise<Workspace[]> {
  const found: Workspace[] = [];
  for (let start = 0; start < scopes.length; start += rowsPerStatement) {
    const batch = scopes.slice(start, start + rowsPerStatement);
    found.push(...(await manager.findBy(WorkspaceEntity, { id: In(batch) })).map(toWorkspace));
  }
  return found;
}

/** Sessions that were used, none of them unknown to the table, live on from `now`. */
export async function extendSessions(
  manager: EntityManager,
  sessions: readonly OpenSession[],
  now: number,
): Promise<void> {
  for (const ttlMs of new Set(sessions.map(session => session.ttlMs))) {
    const scopes = sessions.filter(session => session.ttlMs === ttlMs).map(({ scope }) => scope);
    for (let start = 0; start < scopes.length; start += rowsPerStatement) {
      const free = await lockFree(manager, { id: In(scopes.slice(start, start + rowsPerStatement)) });
      await manager.update(WorkspaceEntity, { id: In(free) }, { expiresAt: now + ttlMs + slackMs(ttlMs) });
    }
  }
}

/** Deletes sessions that were not used for long, with all that is theirs; a few at a time. Returns which. */
export async function deleteExpired(manager: EntityManager, now: number): Promise<string[]> {
  const expired = await lockFree(manager, { baseId: Not(IsNull()), expiresAt: LessThan(now) });
  if (expired.length > 0) await manager.delete(WorkspaceEntity, { id: In(expired) });
  return expired;
}

/** Rows that nobody else has a lock on: replicas that do this for the same sessions must not wait for each other in a ring. */
async function lockFree(manager: EntityManager, where: FindOptionsWhere<WorkspaceEntity>): Promise<string[]> {
  const isPostgres = manager.connection.options.type === 'postgres';
  const rows = await manager.find(WorkspaceEntity, {
    where,
    select: { id: true },
    take: rowsPerStatement,
    ...(isPostgres && { lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' } as const }),
  });
  return rows.map(({ id }) => id);
}

/** The row of a session that begins. */
export function entityOf({ scope, workspaceId, id, ttlMs, createdAt, lastUsedAt }: OpenSession): WorkspaceEntity {
  return {
    id: scope,
    // No workspace has a colon in its slug, so no request finds it.
    slug: `session:${scope}`,
    name: id,
    settings: '{}',
    revision: 0,
    nextPosition: 1,
    floorRevision: 0,
    createdAt,
    updatedAt: createdAt,
    archivedAt: null,
    deletedAt: null,
    deletedSlug: null,
    baseId: workspaceId,
    ttlMs,
    expiresAt: lastUsedAt + ttlMs + slackMs(ttlMs),
  };
}
