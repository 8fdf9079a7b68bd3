import { randomUUID } from 'node:crypto';
import { Problem } from '@mock-server/http';
import { Injectable } from '@nestjs/common';
import { OpenSession } from './open-session';
import { archivedWorkspace } from './archived-workspace';
import { isSessionId, sessionIdRule, type NewSession } from './session';
import { SessionDirectory } from './session-directory';
import { SessionSync } from './session-sync';
import type { Workspace } from './workspace';

/** Sessions of a workspace, for people and test runs that care for them; traffic opens them by use. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly directory: SessionDirectory,
    private readonly sync: SessionSync,
  ) {}

  /** The workspace as a session sees it; the session begins if it is not there. */
  open(workspace: Workspace, id: string): Workspace {
    const opened = this.directory.open(workspace, id);
    if (opened !== undefined) return opened;
    if (!isSessionId(id)) throw new Problem('bad-request', { detail: `${sessionIdRule}.` });
    throw this.tooMany(workspace);
  }

  /** Newest first. */
  list(workspace: Workspace): readonly OpenSession[] {
    return this.directory.of(workspace.id).toSorted((a, b) => b.createdAt - a.createdAt);
  }

  /** Asks the table before it says no: another replica may have met the session a moment ago. */
  async get(workspace: Workspace, id: string): Promise<OpenSession> {
    if (this.directory.get(workspace.id, id) === undefined) await this.sync.poll();
    const session = this.directory.get(workspace.id, id);
    if (session !== undefined) return session;
    throw new Problem('session-not-found', {
      detail: `Workspace '${workspace.slug}' has no session '${id.slice(0, 64)}'. GET /__admin/sessions lists them; using one begins it.`,
    });
  }

  async create(workspace: Workspace, { id = randomUUID(), ttlSeconds }: NewSession): Promise<OpenSession> {
    if (workspace.isArchived === true) throw archivedWorkspace();
    await this.sync.poll();
    if (this.directory.of(workspace.id).length >= this.directory.most) throw this.tooMany(workspace);
    const ttlMs = ttlSeconds === undefined ? this.directory.usualTtlMs : ttlSeconds * 1_000;
    const isNew =
      this.directory.get(workspace.id, id) === undefined &&
      (await this.sync.make(new OpenSession({ workspaceId: workspace.id, id, ttlMs })));
    if (isNew) return this.get(workspace, id);
    throw new Problem('session-exists', {
      detail: `Workspace '${workspace.slug}' has a session '${id}' already. End it with DELETE /__admin/sessions/${id}, or take another id.`,
    });
  }

  /** Learns what other replicas did, now. Resolves also when the database is down; then nothing changes. */
  async refresh(): Promise<void> {
    await this.sync.poll().catch(() => undefined);
  }

  async end(workspace: Workspace, id: string): Promise<void> {
    const { scope } = await this.get(workspace, id);
    await this.sync.remove(scope);
  }

  private tooMany({ slug }: Workspace): Problem {
    return new Problem('too-many-sessions', { detail: tooManySessions(slug, this.directory.most) });
  }
}

export function tooManySessions(slug: string, most: number): string {
  return `Workspace '${slug}' has ${most} sessions, the most there may be (MAX_SESSIONS). End some with DELETE /__admin/sessions/{id}, or wait until idle ones end.`;
}
