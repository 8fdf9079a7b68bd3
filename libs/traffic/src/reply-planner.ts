import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import {
  drawDelayMs,
  engineHost,
  faultStrikes,
  type CatalogMock,
  type MockRequest,
  type ReplyChance,
  type ReplyPlan,
} from '@mock-server/engine';
import { ReplyTurns, type Awaitable } from '@mock-server/mocks';
import { type Workspace } from '@mock-server/workspaces';
import { type Delivery } from './deliver';
import { type Hit } from './hit';

/** Decides which of several replies it is, how long it waits, and how it reaches its client. */
@Injectable()
export class ReplyPlanner {
  constructor(
    private readonly turns: ReplyTurns,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  plan(workspace: Workspace, request: MockRequest, mock: CatalogMock): Awaitable<Hit> {
    return this.turns.decide(workspace.id, mock, chance => this.planWith(chance, workspace, { request, mock }));
  }

  private planWith(
    chance: ReplyChance,
    workspace: Workspace,
    { request, mock }: { readonly request: MockRequest; readonly mock: CatalogMock },
  ): Hit {
    const { maxDelayMs: maxMs } = this.config.limits;
    const reply = mock.choice?.pick(request, chance) ?? mock.reply;
    const { plan } = reply;
    const delivery = plan === undefined ? undefined : deliveryOf(plan, { chance, maxMs });
    return { request, mock, reply, delayMs: Math.min(delayOf(plan, workspace), maxMs), delivery };
  }
}

/** As in WireMock a mock's fixed delay and its distribution each stand in for the workspace's own, and the two add up. */
function delayOf(plan: ReplyPlan | undefined, { fixedDelayMs, delayDistribution }: Workspace): number {
  const distribution = plan?.delayDistribution ?? delayDistribution;
  const drawnMs = distribution === undefined ? 0 : drawDelayMs(distribution, engineHost().random);
  return (plan?.fixedDelayMs ?? fixedDelayMs ?? 0) + drawnMs;
}

/** A fault that does not strike this time leaves the reply as it is otherwise planned. */
function deliveryOf(
  { fault, pace }: ReplyPlan,
  { chance, maxMs }: { readonly chance: ReplyChance; readonly maxMs: number },
): Delivery | undefined {
  if (fault !== undefined && faultStrikes(fault, chance)) return { kind: 'fault', fault: fault.kind };
  return pace === undefined ? undefined : { kind: 'paced', pace, maxMs };
}
