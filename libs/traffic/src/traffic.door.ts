import { type ServerResponse } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { behind, readRevision, RevisionWait } from '@mock-server/mocks';
import { type Call } from './call';
import { Entrance, Refusal, withoutKey } from './entrance';
import { LoadShedding } from './load-shedding';
import { problemReply } from './plain-problem';
import { readHead } from './request-head';
import { TrafficPipeline } from './traffic.pipeline';
import { type TrafficRequest } from './traffic-request';
import { WaitingCalls } from './waiting-calls';
import { writeLastReply, type WholeReply } from './write-reply';

/** Where a request comes in: reads its head, finds out where it goes, hands it to the pipeline. Nothing it does can throw into Node. */
@Injectable()
export class TrafficDoor {
  private readonly logger = new Logger('Traffic');
  private readonly waiting = new WaitingCalls();
  private refusedCount = 0;

  constructor(
    private readonly shedding: LoadShedding,
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
    if (this.shedding.isTooMuch(startedAt)) {
      this.refusedCount++;
      return this.shedding.turnAway(incoming, outgoing, head);
    }
    const workspace = this.entrance.find(head);
    if (workspace instanceof Refusal) return this.refuse(incoming, outgoing, workspace.reply);
    const place = this.entrance.enter(workspace, head, incoming);
    if (place instanceof Refusal) return this.refuse(incoming, outgoing, place.reply);
    if (this.waiting.isFull(incoming.socket)) {
      this.refusedCount++;
      return void incoming.socket.destroy();
    }
    const call: Call = {
      incoming,
      outgoing,
      head: withoutKey(head, workspace),
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

  private refuse(incoming: TrafficRequest, outgoing: ServerResponse, reply: WholeReply): void {
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
