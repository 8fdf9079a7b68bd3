import { Turns } from '@mock-server/database';
import { Injectable } from '@nestjs/common';
import { compareMocks, type CatalogMock, type RecordedExchange } from '@mock-server/engine';
import { Problem } from '@mock-server/http';
import { SharedJournal } from '@mock-server/journal';
import { MockCatalog, MockPatchesService } from '@mock-server/mocks';
import { type ChangeNote, startRedaction, type Workspace } from '@mock-server/workspaces';
import { DriftBackend } from './drift-backend';
import { type DriftExample, DriftExamples } from './drift-examples';
import { DriftJudge, type JudgeOptions, whyIncomparable } from './drift-judge';
import { wordsOf } from './drift-words';
import { DriftFindings } from './drift-report';
import { driftSpecSchema, type DriftPatches, type DriftReport, type DriftSpec } from './drift-schema';
import { recordedInJournal } from './journal-recording';
import { OutboundGate, trustedBackend } from './outbound-gate';
import { prepareExchanges } from './prepare-exchanges';
import { Recorder } from './recorder';

/** Runs at once, all workspaces together. */
const maxRuns = 4;

/** Compares mocks with what the backend answers, live or as it was recorded, and applies the patches that somebody accepted. */
@Injectable()
export class DriftService {
  /** Workspaces that are being compared now. */
  private readonly running = new Set<string>();

  // eslint-disable-next-line max-params -- what a comparison touches: one service tells its whole story
  constructor(
    private readonly catalog: MockCatalog,
    private readonly journal: SharedJournal,
    private readonly recorder: Recorder,
    private readonly gate: OutboundGate,
    private readonly backend: DriftBackend,
    private readonly judge: DriftJudge,
    private readonly patches: MockPatchesService,
  ) {}

  async compare(workspace: Workspace, spec: DriftSpec, clientGone: AbortSignal): Promise<DriftReport> {
    if (spec.source === 'recording') return this.compareRecorded(workspace, spec);
    const backendUrl = this.targetOf(workspace, spec);
    if (this.running.has(workspace.id) || this.running.size >= maxRuns)
      throw new Problem('too-many-requests', { detail: 'A comparison is running already. Wait for its report.' });
    this.running.add(workspace.id);
    try {
      return await this.compareLive(workspace, spec, { backendUrl, clientGone });
    } finally {
      this.running.delete(workspace.id);
    }
  }

  /** Mocks for requests that were recorded anew; the exchanges that no mock is for are given back. */
  async compareExchanges(
    workspace: Workspace,
    exchanges: readonly RecordedExchange[],
    spec: DriftSpec = driftSpecSchema.parse({}),
  ): Promise<{ readonly report: DriftReport; readonly unmatched: readonly RecordedExchange[] }> {
    const findings = new DriftFindings();
    const unmatched: RecordedExchange[] = [];
    const newestFirst = [...exchanges].sort((a, b) => b.receivedAt - a.receivedAt);
    const turns = new Turns();
    const options = await this.optionsOf(workspace, spec);
    for (const exchange of newestFirst) {
      await turns.pause();
      const mocks = this.mocksFor(workspace, exchange, spec);
      if (mocks.length === 0) unmatched.push(exchange);
      const isNews = mocks.some(({ id }) => !findings.has(id));
      if (!isNews) continue;
      const asked = { request: exchange.raw ?? exchange.request, answer: exchange.reply };
      for (const verdict of await this.judge.judge(workspace.id, mocks, asked, options))
        if (verdict.kind !== 'not-compared' || mocks.length === 1) findings.add(verdict);
    }
    const redaction = startRedaction(workspace.settings.recording?.redaction);
    return { report: await findings.report({ workspace, redaction, left: 0 }, this.patches), unmatched };
  }

  /** Gives the ids of the mocks that were changed: all that are named, or none. */
  async apply(
    workspace: Workspace,
    { patches }: DriftPatches,
    by: ChangeNote,
  ): Promise<{ readonly ids: readonly string[] }> {
    const accepted = patches.flatMap(({ id, version, patch }) => (patch === undefined ? [] : [{ id, version, patch }]));
    if (accepted.length > 0) await this.patches.apply(workspace, accepted, by);
    return { ids: accepted.map(({ id }) => id) };
  }

  private async compareRecorded(workspace: Workspace, spec: DriftSpec): Promise<DriftReport> {
    const journal = await this.journal.look(workspace.id);
    const exchanges = [...this.recorder.look(workspace.id), ...recordedInJournal(journal, workspace.id)]
      .filter(({ isProxied }) => isProxied)
      .sort((a, b) => b.receivedAt - a.receivedAt)
      .slice(0, spec.maxMocks);
    const { maxBodyBytes } = this.recorder;
    const prepared = await prepareExchanges(exchanges, { workspace, maxBodyBytes });
    const { report } = await this.compareExchanges(workspace, prepared.exchanges, spec);
    return report;
  }

  private async compareLive(
    workspace: Workspace,
    spec: DriftSpec,
    { backendUrl, clientGone }: { backendUrl: string; clientGone: AbortSignal },
  ): Promise<DriftReport> {
    const findings = new DriftFindings();
    const redaction = startRedaction(workspace.settings.recording?.redaction);
    const groups = groupsOf(this.servedMocks(workspace, spec));
    const total = groups.reduce((sum, { length }) => sum + length, 0);
    const signal = AbortSignal.any([clientGone, AbortSignal.timeout(spec.timeoutMs)]);
    const journal = await this.journal.look(workspace.id);
    const examples = new DriftExamples({ workspaceId: workspace.id, spec, journal, redaction });
    const options = await this.optionsOf(workspace, spec);
    const work = groups.values();
    const askAll = async (): Promise<void> => {
      for (const group of work) {
        if (signal.aborted || findings.size >= spec.maxMocks) return;
        await this.compareGroup(workspace, group, { spec, options, backendUrl, signal, examples, findings });
      }
    };
    await Promise.all(Array.from({ length: spec.concurrency }, askAll));
    const report = await findings.report({ workspace, redaction, left: total - findings.size }, this.patches);
    return { ...report, target: backendUrl };
  }

  private async compareGroup(
    workspace: Workspace,
    group: readonly CatalogMock[],
    run: {
      readonly spec: DriftSpec;
      readonly options: JudgeOptions;
      readonly backendUrl: string;
      readonly signal: AbortSignal;
      readonly examples: DriftExamples;
      readonly findings: DriftFindings;
    },
  ): Promise<void> {
    const { spec, findings, signal, backendUrl } = run;
    const reading = exampleFor(group, run);
    if (typeof reading === 'string') return group.forEach(mock => findings.skip(mock, reading));
    const asked = await this.backend.ask({ workspace, backendUrl, signal, maxBodyBytes: spec.maxBodyBytes }, reading);
    if (signal.aborted) return;
    if (!asked.ok) return group.forEach(mock => findings.skip(mock, asked.reason));
    const verdicts = await this.judge.judge(workspace.id, group, asked, run.options);
    for (const verdict of verdicts) findings.add(verdict);
  }

  private async optionsOf(
    { id }: Workspace,
    { ignoreHeaders, ignorePaths, maxBodyBytes }: DriftSpec,
  ): Promise<JudgeOptions> {
    const ignoredHeaders = new Set(ignoreHeaders.map(name => name.toLowerCase()));
    const words = await wordsOf(this.catalog.catalogOf(id)?.mocks() ?? []);
    return { ignoredHeaders, ignoredPaths: ignorePaths, words, maxBodyBytes };
  }

  private targetOf({ settings }: Workspace, { targetBaseUrl }: DriftSpec): string {
    const backendUrl = targetBaseUrl ?? settings.backendUrl;
    if (backendUrl === undefined)
      throw new Problem('invalid-body', {
        detail: 'The workspace has no backend: give targetBaseUrl, or compare with a recording.',
        extras: { mistakes: [{ pointer: '/targetBaseUrl', message: 'is missing' }] },
      });
    const decision = this.gate.decide(backendUrl, trustedBackend(settings.backendUrl));
    if (!decision.allowed) throw new Problem('outbound-refused', { detail: decision.refused.message });
    return backendUrl;
  }

  private servedMocks({ id }: Workspace, { mocks }: DriftSpec): CatalogMock[] {
    const wanted = mocks === undefined ? undefined : new Set(mocks.map(one => one.toLowerCase()));
    const all = [...(this.catalog.catalogOf(id)?.mocks() ?? [])];
    const isWanted = (mock: CatalogMock): boolean => (wanted === undefined ? mock.stored.enabled : wanted.has(mock.id));
    return all.filter(isWanted).sort(compareMocks);
  }

  /** The mock that would answer what was recorded, and with it the other states of its scenario. */
  private mocksFor({ id }: Workspace, { raw, request }: RecordedExchange, { mocks }: DriftSpec): CatalogMock[] {
    const matching = this.catalog.catalogOf(id)?.matching(raw ?? request) ?? [];
    const comparable = matching.filter(mock => whyIncomparable(mock) === undefined);
    const [first] = comparable;
    if (first === undefined || (mocks !== undefined && !mocks.includes(first.id))) return [];
    const { scenario } = first;
    return scenario === undefined ? [first] : comparable.filter(mock => mock.scenario?.name === scenario.name);
  }
}

/** States of one scenario that take the same request are one group; every other mock is alone. */
function groupsOf(mocks: readonly CatalogMock[]): CatalogMock[][] {
  const groups = new Map<string, CatalogMock[]>();
  for (const mock of mocks) {
    const key = mock.scenario === undefined ? mock.id : JSON.stringify([mock.scenario.name, mock.mapping.request]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [mock]);
    else group.push(mock);
  }
  return [...groups.values()];
}

function exampleFor(
  group: readonly CatalogMock[],
  { spec, examples }: { readonly spec: DriftSpec; readonly examples: DriftExamples },
): DriftExample | string {
  const [first] = group;
  const incomparable = whyIncomparable(first!);
  if (incomparable !== undefined) return incomparable;
  const reading = examples.of(first!);
  if (!reading.ok) return reading.reason;
  const { method } = reading.example.request;
  const isAsked = spec.methods.some(one => one.toUpperCase() === method.toUpperCase());
  return isAsked ? reading.example : `${method} may change something at the backend: name it in methods to ask`;
}
