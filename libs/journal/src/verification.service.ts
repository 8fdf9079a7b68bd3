import { Injectable } from '@nestjs/common';
import { type Workspace } from '@mock-server/workspaces';
import { viewBriefExchange, viewRequest } from './exchange-view';
import { type Journal } from './journal';
import { type JournalEntry } from './journal-entry';
import { requestPatternOf } from './journal-query';
import { SequenceSearch } from './request-sequence';
import { RequestWaits } from './request-waits';
import { SharedJournal } from './shared-journal';
import { type SequenceBody, type WaitBody } from './verification-schema';

const maxShown = 100;
const entriesAtOnce = 250;

/** What tests ask of the journal: counts that are exact, requests that are yet to come, requests in order. */
@Injectable()
export class VerificationService {
  constructor(
    private readonly journal: SharedJournal,
    private readonly waits: RequestWaits,
  ) {}

  async counts(workspace: Workspace, matchingStub: string | undefined): Promise<object> {
    const journal = await this.journal.lookAtCounts(workspace.id);
    const hits = journal.hits(workspace.id);
    const one = matchingStub?.toLowerCase();
    const hit = hits.mostHit();
    const mocks = one === undefined ? hit : [hit.find(({ id }) => id === one) ?? { id: one, count: 0 }];
    return {
      total: hits.total,
      kept: journal.size(workspace.id),
      bySource: hits.bySource,
      mocks,
      meta: { total: mocks.length },
    };
  }

  async wait(workspace: Workspace, body: WaitBody, clientGone: AbortSignal): Promise<object> {
    const { request, matchingStub, atLeast = 1, exactly, quietMs, timeoutMs } = body;
    const pattern = requestPatternOf(request, '/request');
    const since = body.since === undefined ? 0 : Date.parse(body.since);
    const mockId = matchingStub?.toLowerCase();
    const matches = ({ exchange }: JournalEntry): boolean =>
      exchange.receivedAt >= since &&
      (mockId === undefined || exchange.mock?.id === mockId) &&
      pattern.matches(exchange.request);
    const least = exactly ?? atLeast;
    const most = exactly ?? Number.POSITIVE_INFINITY;
    const journal = await this.journal.look(workspace.id);
    const outcome = await this.waits.wait(
      { journal, workspaceId: workspace.id },
      { matches, least, most, quietMs, timeoutMs },
      clientGone,
    );
    const requests = [];
    for (const entry of journal.newestFirst(workspace.id)) {
      if (requests.length >= Math.min(maxShown, outcome.count)) break;
      if (matches(entry)) requests.push(viewRequest(entry.exchange.request, entry.exchange.receivedAt));
    }
    return { ...outcome, requests };
  }

  async verifySequence(workspace: Workspace, body: SequenceBody): Promise<object> {
    const steps = body.sequence.map((pattern, i) => requestPatternOf(pattern, `/sequence/${i}`));
    const among = requestPatternOf(body.among, '/among');
    const since = body.since === undefined ? 0 : Date.parse(body.since);
    const search = new SequenceSearch(
      steps.map(step => (entry: JournalEntry) => step.matches(entry.exchange.request)),
      body.mode,
    );
    const counts = steps.map(() => 0);
    const journal = await this.journal.look(workspace.id);
    for await (const entry of oldestFirst(journal, workspace.id)) {
      if (entry.exchange.receivedAt < since || !among.matches(entry.exchange.request)) continue;
      steps.forEach((step, i) => (counts[i]! += step.matches(entry.exchange.request) ? 1 : 0));
      if (search.see(entry)) break;
    }
    const { verified, found, instead } = search.report();
    const shown = steps.map((_, step) => viewStep(step, found[step]));
    if (verified) return { verified, message: `All ${steps.length} requests came in this order.`, steps: shown };
    const matchesElsewhere = counts[found.length]!;
    return {
      verified,
      message: explain(found.length, { of: steps.length, matchesElsewhere, instead }),
      steps: shown,
      ...(instead === undefined ? {} : { instead: viewBriefExchange(instead) }),
      matchesElsewhere,
    };
  }
}

/** In small helpings, so that a long journal does not hold up traffic. */
async function* oldestFirst(journal: Journal, workspaceId: string): AsyncGenerator<JournalEntry> {
  for (const [i, number] of journal.inOrder(workspaceId).entries()) {
    if (i > 0 && i % entriesAtOnce === 0) await new Promise(resolve => setImmediate(resolve));
    const entry = journal.numbered(workspaceId, number);
    if (entry !== undefined) yield entry;
  }
}

function viewStep(step: number, entry: JournalEntry | undefined): object {
  if (entry === undefined) return { step, found: false };
  const { id, exchange } = entry;
  return {
    step,
    found: true,
    id,
    method: exchange.request.method,
    url: exchange.request.url,
    loggedDate: exchange.receivedAt,
  };
}

function explain(
  step: number,
  { of, matchesElsewhere, instead }: { of: number; matchesElsewhere: number; instead: JournalEntry | undefined },
): string {
  const place = step === 0 ? 'at all' : `after step ${step - 1}`;
  const came =
    instead === undefined
      ? ''
      : ` ${instead.exchange.request.method} ${instead.exchange.request.url} came in its place.`;
  if (matchesElsewhere === 0) return `Step ${step} of ${of} is missing: no request matches it.${came}`;
  const many = matchesElsewhere === 1 ? '1 request matches it' : `${matchesElsewhere} requests match it`;
  return `Step ${step} of ${of} did not come ${place}: ${many}, but not at its place.${came}`;
}
