import { scopeOfSession } from './session';
import type { Workspace } from './workspace';

/** What the row of a session says. */
export interface SessionRow {
  readonly scope: string;
  readonly workspaceId: string;
  readonly id: string;
  readonly ttlMs: number;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  readonly revision: number;
}

/** What may be set for a session alone. */
export type SessionBeside = Pick<Workspace, 'fixedDelayMs' | 'delayDistribution' | 'recording'>;

/** A session as this replica knows it. */
export class OpenSession {
  readonly scope: string;
  readonly workspaceId: string;
  readonly id: string;
  ttlMs: number;
  createdAt: number;
  lastUsedAt: number;
  /** Undefined: no row was seen yet. */
  row: SessionRow | undefined;
  /** When the row was written by this process: a poll that began earlier does not know it. */
  storedInPoll = -1;
  /** Of the row, as far as it is known: 0 is a session in which nothing was ever written. */
  revision = 0;
  private beside: SessionBeside = {};
  private readonly maxMocks: number;
  private view: { readonly of: Workspace; readonly workspace: Workspace } | undefined;

  constructor(
    { workspaceId, id, ttlMs }: Pick<SessionRow, 'workspaceId' | 'id' | 'ttlMs'>,
    { maxMocks = 0, now = Date.now() }: { readonly maxMocks?: number; readonly now?: number } = {},
  ) {
    this.maxMocks = maxMocks;
    this.scope = scopeOfSession(workspaceId, id);
    this.workspaceId = workspaceId;
    this.id = id;
    this.ttlMs = ttlMs;
    this.createdAt = now;
    this.lastUsedAt = now;
  }

  /** Whether there is a row: what is written in a session belongs to it. */
  get isStored(): boolean {
    return this.row !== undefined || this.storedInPoll >= 0;
  }

  /** Milliseconds since 1970. */
  get expiresAt(): number {
    return this.lastUsedAt + this.ttlMs;
  }

  /** What another replica knows of it counts here too. */
  learn(row: SessionRow): void {
    this.row = row;
    this.ttlMs = row.ttlMs;
    this.createdAt = row.createdAt;
    this.lastUsedAt = Math.max(this.lastUsedAt, row.lastUsedAt);
  }

  /** Takes what a newer revision of the row says; false when it is none. */
  change(revision: number, beside: SessionBeside): boolean {
    if (revision <= this.revision) return false;
    this.revision = revision;
    this.beside = beside;
    this.view = undefined;
    return true;
  }

  /**
   * The workspace as the session sees it: the settings of the workspace, under an id of its own, so that whatever is kept or counted
   * by the id of a workspace is the session's own. The same object until either changes.
   */
  workspaceOver(base: Workspace): Workspace {
    if (this.view?.of === base) return this.view.workspace;
    const { recording: _recording, quotas, ...rest } = base;
    const workspace: Workspace = {
      ...rest,
      ...this.beside,
      id: this.scope,
      revision: this.revision,
      quotas: { mocks: this.maxMocks, bytes: quotas?.bytes },
      session: { id: this.id, workspaceId: base.id },
    };
    this.view = { of: base, workspace };
    return workspace;
  }
}
