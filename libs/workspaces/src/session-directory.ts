import { CONFIG, type Config } from '@mock-server/config';
import { Inject, Injectable } from '@nestjs/common';
import { OpenSession, type SessionBeside, type SessionRow } from './open-session';
import { isSessionId } from './session';
import type { Workspace } from './workspace';

type Listener = (session: OpenSession) => void;

/** All sessions in memory: what traffic reads. A session is there from its first use on; its row follows. */
@Injectable()
export class SessionDirectory {
  private readonly byScope = new Map<string, OpenSession>();
  private readonly byWorkspace = new Map<string, Map<string, OpenSession>>();
  private readonly changeListeners: Listener[] = [];
  private readonly endListeners: Listener[] = [];
  private readonly deleteListeners: ((scope: string) => Promise<void>)[] = [];

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'sessions'>) {}

  get size(): number {
    return this.byScope.size;
  }

  /** How many a workspace may have. */
  get most(): number {
    return this.config.sessions.maxPerWorkspace;
  }

  /** How long a session lives that says nothing else. */
  get usualTtlMs(): number {
    return this.config.sessions.ttlMs;
  }

  /** The workspace as its session sees it; a session that is not there begins. Undefined: no session has such an id, or there are too many. */
  open(base: Workspace, id: string, now: number = Date.now()): Workspace | undefined {
    const known = this.byWorkspace.get(base.id)?.get(id) ?? (isSessionId(id) ? this.begin(base, id, now) : undefined);
    if (known === undefined) return undefined;
    known.lastUsedAt = now;
    return known.workspaceOver(base);
  }

  get(workspaceId: string, id: string): OpenSession | undefined {
    return this.byWorkspace.get(workspaceId)?.get(id);
  }

  at(scope: string): OpenSession | undefined {
    return this.byScope.get(scope);
  }

  /** Those of a workspace, in the order in which this replica met them. */
  of(workspaceId: string): readonly OpenSession[] {
    return [...(this.byWorkspace.get(workspaceId)?.values() ?? [])];
  }

  all(): readonly OpenSession[] {
    return [...this.byScope.values()];
  }

  /** Called when a session has another revision, of mocks or settings. */
  onChange(listener: Listener): void {
    this.changeListeners.push(listener);
  }

  /** Called when a session is over, whichever replica ended it. */
  onEnd(listener: Listener): void {
    this.endListeners.push(listener);
  }

  /** Called when this process ended one, for all replicas; awaited, so that nothing comes late that begins under the id anew. */
  onDelete(listener: (scope: string) => Promise<void>): void {
    this.deleteListeners.push(listener);
  }

  /** A change that this process committed. */
  put({ id, revision, ...rest }: Workspace): void {
    const session = this.byScope.get(id);
    if (session !== undefined) this.change(session, revision, rest);
  }

  /** What the table says. One that ended and began again elsewhere begins again here too. True: it has another revision than is known. */
  learn(row: SessionRow): boolean {
    const known = this.byScope.get(row.scope);
    if (known?.row !== undefined && known.row.createdAt !== row.createdAt) this.end(row.scope);
    const session = this.byScope.get(row.scope) ?? this.add(row, row.createdAt);
    session.learn(row);
    return session.revision !== row.revision;
  }

  end(scope: string): void {
    const session = this.byScope.get(scope);
    if (session === undefined) return;
    this.byScope.delete(scope);
    const neighbours = this.byWorkspace.get(session.workspaceId);
    neighbours?.delete(session.id);
    if (neighbours?.size === 0) this.byWorkspace.delete(session.workspaceId);
    for (const listener of this.endListeners) listener(session);
  }

  /** Its row is gone by this process: what replicas share of it goes too. */
  async delete(scope: string): Promise<void> {
    this.end(scope);
    await Promise.all(this.deleteListeners.map(listener => listener(scope)));
  }

  /** A new session; undefined when the workspace has as many as it may. */
  private begin({ id: workspaceId }: Workspace, id: string, now: number): OpenSession | undefined {
    if ((this.byWorkspace.get(workspaceId)?.size ?? 0) >= this.most) return undefined;
    return this.add({ workspaceId, id, ttlMs: this.usualTtlMs }, now);
  }

  private add(of: Pick<SessionRow, 'workspaceId' | 'id' | 'ttlMs'>, now: number): OpenSession {
    const session = new OpenSession(of, { maxMocks: this.config.sessions.maxMocks, now });
    this.byScope.set(session.scope, session);
    const neighbours = this.byWorkspace.get(of.workspaceId);
    if (neighbours === undefined) this.byWorkspace.set(of.workspaceId, new Map([[of.id, session]]));
    else neighbours.set(of.id, session);
    return session;
  }

  private change(session: OpenSession, revision: number, beside: SessionBeside): void {
    const { fixedDelayMs, delayDistribution, recording } = beside;
    const own = {
      ...(fixedDelayMs !== undefined && { fixedDelayMs }),
      ...(delayDistribution !== undefined && { delayDistribution }),
      ...(recording !== undefined && { recording }),
    };
    if (!session.change(revision, own)) return;
    for (const listener of this.changeListeners) listener(session);
  }
}
