import { isSessionScope, SessionsService, WorkspaceDirectory } from '@mock-server/workspaces';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MockCatalog } from './mock-catalog';

interface Waiting {
  readonly revision: number;
  readonly go: (isThere: boolean) => void;
}

/** A write answers with this header; whoever sends it with another request, to whichever replica, is answered by mocks of that revision or a newer one. */
export const REVISION_HEADER = 'x-mock-revision';

/** Replicas follow within a second and what a load takes. */
const patienceMs = 2_000;
const maxWaiting = 10_000;

/** Holds a request until this replica serves what its client has written elsewhere. */
@Injectable()
export class RevisionWait implements OnModuleInit {
  private readonly waiting = new Map<string, Set<Waiting>>();
  private count = 0;

  constructor(
    private readonly catalogs: MockCatalog,
    private readonly directory: WorkspaceDirectory,
    private readonly sessions: SessionsService,
  ) {}

  onModuleInit(): void {
    this.catalogs.onRevision((workspaceId, revision) => {
      for (const one of [...(this.waiting.get(workspaceId) ?? [])]) if (revision >= one.revision) one.go(true);
    });
  }

  isThere(workspaceId: string, revision: number): boolean {
    return this.catalogs.revisionOf(workspaceId) >= revision;
  }

  /** False: it is not there in time. */
  reach(workspaceId: string, revision: number): Promise<boolean> {
    if (this.isThere(workspaceId, revision)) return Promise.resolve(true);
    if (this.count >= maxWaiting) return Promise.resolve(false);
    // Rather than at the next second.
    void (isSessionScope(workspaceId) ? this.sessions.refresh() : this.directory.refresh());
    return new Promise(resolve => {
      const those = this.waiting.get(workspaceId) ?? new Set<Waiting>();
      const go = (isThere: boolean): void => {
        clearTimeout(timer);
        if (!those.delete(one)) return;
        this.count--;
        if (those.size === 0) this.waiting.delete(workspaceId);
        resolve(isThere);
      };
      const one: Waiting = { revision, go };
      const timer = setTimeout(() => go(false), patienceMs);
      this.waiting.set(workspaceId, those.add(one));
      this.count++;
    });
  }
}

/** Undefined: nothing that could be waited for. */
export function readRevision(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
