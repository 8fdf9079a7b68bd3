import { type IncomingMessage } from 'node:http';
import { Problem } from '@mock-server/http';
import { readAddress, scopeOfSession, WorkspaceDirectory } from '@mock-server/workspaces';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { type Observable, tap } from 'rxjs';
import { readRevision, REVISION_HEADER, RevisionWait } from './revision-wait';

/** A write to the admin API answers with the revision of the workspace or session; a request that names one waits until this replica serves it. */
@Injectable()
export class RevisionInterceptor implements NestInterceptor {
  constructor(
    private readonly directory: WorkspaceDirectory,
    private readonly waits: RevisionWait,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const { raw } = http.getRequest<{ raw: IncomingMessage }>();
    const named = raw.headers[REVISION_HEADER];
    if (typeof named === 'string') await this.reach(raw, named);
    if (raw.method === 'GET' || raw.method === 'HEAD') return next.handle();
    return next.handle().pipe(
      tap(() => {
        const revision = this.directory.byId(this.idOf(raw) ?? '')?.revision;
        const reply = http.getResponse<FastifyReply>();
        if (revision !== undefined && !reply.sent) reply.header(REVISION_HEADER, String(revision));
      }),
    );
  }

  private async reach(raw: IncomingMessage, named: string): Promise<void> {
    const id = this.idOf(raw);
    const revision = readRevision(named);
    if (id === undefined || revision === undefined) return;
    if (!(await this.waits.reach(id, revision))) throw new Problem('not-ready', { detail: behind(revision) });
  }

  /** Of the workspace, or of the session on it: each has revisions of its own. */
  private idOf(raw: IncomingMessage): string | undefined {
    const address = readAddress(raw);
    const workspace = this.directory.locate(address);
    return workspace === undefined || address.session === undefined
      ? workspace?.id
      : scopeOfSession(workspace.id, address.session);
  }
}

export function behind(revision: number): string {
  return `This replica does not serve revision ${revision} yet; try again in a second (X-Mock-Revision).`;
}
