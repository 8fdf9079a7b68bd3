import { type ServerResponse } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { behind, readRevision, RevisionWait } from '@mock-server/mocks';
import {
  isSessionId,
  sessionIdRule,
  tooManySessions,
  type Workspace,
  WorkspaceDirectory,
} from '@mock-server/workspaces';
import { type Call } from './call';
import { Entrance, withoutKey } from './entrance';
import { problemReply } from './plain-problem';
import { readHead, type RequestHead } from './request-head';
import { TrafficPipeline } from './traffic.pipeline';
import { type TrafficRequest } from './traffic-request';
import { WaitingCalls } from './waiting-calls';
import { writeLastReply } from './write-reply';

/** Where a request comes in: reads its head, finds its workspace, hands it to the pipeline. Nothing it does can throw into Node. */
@Injectable()
export class TrafficDoor {
  private readonly logger = new Logger('Traffic');
  private readonly waiting = new WaitingCalls();
  private refusedCount = 0;

  constructor(
    private readonly workspaces: WorkspaceDirectory,
    private readonly entrance: Entrance,
    private readonly pipeline: TrafficPipeline,
    private readonly revisions: RevisionWait,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Requests that were turned away at the door since the start: malformed, over a limit, or to no known workspace. */
  get refused(): number {
    return this.refusedCount;
  }

  receive(incoming: TrafficRequest, outgoing: ServerResponse): void {
    if (incoming.socket.writableEnded) return; // behind a request after which the connection ends: it cannot be answered
    try {
      this.admit(incoming, outgoing);
    } catch (error) {
      this.fail(incoming, outgoing, error);
    }
  }

  private admit(incoming: TrafficRequest, outgoing: ServerResponse): void {
    const startedAt = performance.now();
    const head = readHead(incoming, this.config.limits);
    if (!head.ok) return this.refuse(incoming, outgoing, problemReply(head.problem, head.detail));
    if (this.entrance.isFull(startedAt)) {
      this.refusedCount++;
      return this.entrance.turnAway(incoming, outgoing, head);
    }
    const workspace = this.workspaces.locate({ header: head.workspace, host: head.host });
    if (workspace === undefined) {
      const problem = this.workspaces.isLoaded
        ? problemReply(
            'workspace-not-found',
            `There is no workspace '${(head.workspace ?? '').slice(0, 64)}'. Create it with POST /__admin/workspaces {"slug":"…","name":"…"}.`,
          )
        : problemReply('not-ready', 'The workspaces are still loading; try again in a moment.');
      return this.refuse(incoming, outgoing, problem);
    }
    const refusal = this.entrance.refusalOf(workspace, head, incoming);
    if (refusal !== undefined) return this.refuse(incoming, outgoing, refusal);
    const place = head.session === undefined ? workspace : this.workspaces.inSession(workspace, head.session);
    if (place === undefined) return this.refuse(incoming, outgoing, this.noSession(workspace, head.session));
    if (this.waiting.isFull(incoming.socket)) {
      this.refusedCount++;
      return void incoming.socket.destroy();
    }
    const call: Call = {
      incoming,
      outgoing,
      head: headOf(head, workspace),
      workspace: place,
      receivedAt: Date.now(),
      startedAt,
    };
    const answered = head.revision === undefined ? this.pipeline.answer(call) : this.answerAt(call, head.revision);
    if (answered === undefined) return;
    const leave = this.waiting.enter(incoming.socket);
    answered.catch((error: unknown) => this.fail(incoming, outgoing, error)).finally(leave);
  }

  /** Once this replica serves what the client has written, to whichever replica. */
  private async answerAt(call: Call, named: string): Promise<void> {
    const revision = readRevision(named);
    if (revision === undefined || (await this.revisions.reach(call.workspace.id, revision)))
      return this.pipeline.answer(call);
    this.refuse(call.incoming, call.outgoing, problemReply('not-ready', behind(revision)));
  }

  private noSession({ slug }: Workspace, id = ''): ReturnType<typeof problemReply> {
    return isSessionId(id)
      ? problemReply('too-many-sessions', tooManySessions(slug, this.config.sessions.maxPerWorkspace))
      : problemReply('bad-request', `${sessionIdRule}.`);
  }

  private refuse(incoming: TrafficRequest, outgoing: ServerResponse, reply: ReturnType<typeof problemReply>): void {
    this.refusedCount++;
    writeLastReply(incoming, outgoing, reply);
  }

  private fail(incoming: TrafficRequest, outgoing: ServerResponse, error: unknown): void {
    this.logger.error({
      message: `${incoming.method} failed on the traffic port`,
      stack: error instanceof Error ? error.stack : String(error),
    });
    if (outgoing.headersSent) outgoing.destroy();
    else writeLastReply(incoming, outgoing, problemReply('internal', 'The server made a mistake; its log says more.'));
  }
}

function headOf(head: RequestHead, { protection }: Workspace): RequestHead {
  return protection === undefined ? head : { ...head, rawHeaders: withoutKey(head, protection) };
}
