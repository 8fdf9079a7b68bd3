import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  filterOf,
  recordedMappingsInSteps,
  viewMapping,
  type RecordedExchange,
  type RecordSpec,
} from '@mock-server/engine';
import { Problem } from '@mock-server/http';
import { SharedJournal } from '@mock-server/journal';
import { MocksService, readDocument } from '@mock-server/mocks';
import { type ChangeNote, type RecordingState, type Workspace, WorkspacesService } from '@mock-server/workspaces';
import { type DriftReport } from './drift-schema';
import { DriftService } from './drift.service';
import { mapInTurns, runInTurns } from './in-turns';
import { recordedInJournal } from './journal-recording';
import { OutboundGate, trustedBackend } from './outbound-gate';
import { type PreparedExchanges, prepareExchanges } from './prepare-exchanges';
import { readRecordSpec } from './read-record-spec';
import { Recorder } from './recorder';
import { RecordingStore } from './recording-store';

export type RecordingStatus = 'NeverStarted' | 'Recording' | 'Stopped';

export interface RecordingResult {
  readonly mappings?: readonly object[];
  readonly ids?: readonly string[];
  /** With onExisting compare: where mocks that were there differ from what was recorded. */
  readonly drift?: DriftReport;
}

/** Starts and stops recordings, and makes mocks of what came by. */
@Injectable()
export class RecordingsService {
  // eslint-disable-next-line max-params -- what a recording touches: one service tells its whole story
  constructor(
    private readonly workspaces: WorkspacesService,
    private readonly mocks: MocksService,
    private readonly recorder: Recorder,
    private readonly store: RecordingStore,
    private readonly journal: SharedJournal,
    private readonly gate: OutboundGate,
    private readonly drift: DriftService,
  ) {}

  status({ id, recording }: Workspace): RecordingStatus {
    if (recording !== undefined) return 'Recording';
    return this.recorder.wasStopped(id) ? 'Stopped' : 'NeverStarted';
  }

  /** A workspace that records already goes on as it does, as in WireMock. */
  async start(workspace: Workspace, input: unknown, by: ChangeNote): Promise<void> {
    const spec = readRecordSpec(input);
    if (workspace.recording !== undefined) return;
    const target = spec.targetBaseUrl ?? '';
    const mockId = target === '' ? undefined : randomUUID();
    const state: RecordingState = {
      id: randomUUID(),
      startedAt: Date.now(),
      spec,
      ...(mockId !== undefined && { mockId }),
    };
    const document =
      mockId === undefined
        ? undefined
        : readDocument({ id: mockId, request: { method: 'ANY' }, response: { proxyBaseUrl: target } });
    if (document !== undefined) this.refuseForbidden(workspace, target);
    const isFirst = await this.keepState(workspace, state, by);
    if (isFirst && document !== undefined) await this.mocks.create(workspace, document, { by: ofRecorder(by) });
  }

  async stop(workspace: Workspace, by: ChangeNote): Promise<RecordingResult> {
    this.recorder.noteStop(workspace.id);
    const { recording } = workspace;
    if (recording === undefined)
      throw new Problem('not-recording', {
        detail: 'Not currently recording. Start with POST /__admin/recordings/start {"targetBaseUrl":"https://…"}.',
      });
    if (recording.mockId !== undefined) await this.mocks.removeMany(workspace, [recording.mockId], ofRecorder(by));
    await this.forgetState(workspace, by);
    const spec = readRecordSpec(recording.spec);
    const exchanges = [...this.recorder.take(workspace.id)];
    if (spec.filters?.allowNonProxied === true)
      for (const one of recordedInJournal(await this.journal.look(workspace.id), workspace.id))
        if (!one.isProxied && one.receivedAt >= recording.startedAt) exchanges.push(one);
    if (exchanges.length === 0 && spec.onExisting !== 'compare') return { mappings: [] };
    return this.makeMocks(workspace, { exchanges, spec, by: ofRecorder(by) });
  }

  /** Of what is in the journal. */
  async snapshot(workspace: Workspace, input: unknown, by: ChangeNote): Promise<RecordingResult> {
    const spec = readRecordSpec(input ?? {});
    const exchanges = [...recordedInJournal(await this.journal.look(workspace.id), workspace.id)];
    return this.makeMocks(workspace, { exchanges, spec, by: ofRecorder(by) });
  }

  private async makeMocks(
    workspace: Workspace,
    {
      exchanges,
      spec,
      by,
    }: { readonly exchanges: readonly RecordedExchange[]; readonly spec: RecordSpec; readonly by: ChangeNote },
  ): Promise<RecordingResult> {
    const { maxBodyBytes } = this.recorder;
    const prepared = await prepareExchanges(exchanges, { workspace, maxBodyBytes });
    const compared = spec.onExisting === 'compare' ? await this.compare(workspace, prepared, spec) : undefined;
    const news = compared?.unmatched ?? prepared.exchanges;
    const recorded = await runInTurns(recordedMappingsInSteps(news, withDefaults(spec, workspace), () => randomUUID()));
    this.recorder.countRedacted(prepared.redacted);
    await this.store.save(workspace, recorded, { by });
    const drift = compared === undefined ? {} : { drift: compared.report };
    if (spec.outputFormat?.toLowerCase() === 'ids') return { ids: recorded.map(({ id }) => id), ...drift };
    const mappings = await mapInTurns(recorded, ({ id, mapping }) => viewMapping(id, JSON.stringify(mapping)));
    return { mappings, ...drift };
  }

  /** Of what the spec wants; nothing of a mock is overwritten. */
  private compare(workspace: Workspace, { exchanges }: PreparedExchanges, spec: RecordSpec) {
    return this.drift.compareExchanges(workspace, exchanges.filter(filterOf(spec)));
  }

  private refuseForbidden({ settings }: Workspace, target: string): void {
    const decision = this.gate.decide(target, trustedBackend(settings.backendUrl));
    if (!decision.allowed) throw new Problem('outbound-refused', { detail: decision.refused.message });
  }

  /** False when another replica was faster. */
  private async keepState(workspace: Workspace, state: RecordingState, by: ChangeNote): Promise<boolean> {
    let isFirst = false;
    const note = ofRecorder({ ...by, message: by.message ?? 'Started a recording' });
    await this.workspaces.change(workspace.id, note, (_manager, change) => {
      isFirst = change.settings['activeRecording'] === undefined;
      if (isFirst) change.settings = { ...change.settings, activeRecording: state };
      return Promise.resolve();
    });
    return isFirst;
  }

  private async forgetState(workspace: Workspace, by: ChangeNote): Promise<void> {
    const note = ofRecorder({ ...by, message: by.message ?? 'Stopped a recording' });
    await this.workspaces.change(workspace.id, note, (_manager, change) => {
      const { activeRecording: _ended, ...rest } = change.settings;
      change.settings = rest;
      return Promise.resolve();
    });
  }
}

function ofRecorder(by: ChangeNote): ChangeNote {
  return { ...by, source: 'recorder' };
}

/** What the spec does not say the workspace does. */
function withDefaults(spec: RecordSpec, { settings: { recording = {} } }: Workspace): RecordSpec {
  const { drafts, latency, collapse } = recording;
  return {
    ...spec,
    drafts: spec.drafts ?? drafts,
    latency: spec.latency ?? latency,
    collapse: spec.collapse ?? collapse,
  };
}
