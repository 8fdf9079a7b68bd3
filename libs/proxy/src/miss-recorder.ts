import { createHash } from 'node:crypto';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { DatabaseUnavailableError } from '@mock-server/database';
import { recordedMappings, recordedRequest, type RecordedExchange, type RecordSpec } from '@mock-server/engine';
import { MetricsRegistry } from '@mock-server/metrics';
import { byServer, type Workspace, WorkspaceDirectory } from '@mock-server/workspaces';
import { prepareExchanges } from './prepare-exchanges';
import { RecordingStore } from './recording-store';

interface Waiting {
  readonly workspaceId: string;
  readonly exchange: RecordedExchange;
  readonly bytes: number;
}

const maxWaiting = 1_000;
const perBatch = 100;
const retryAfterMs = 1_000;

/**
 * Makes a mock of each miss that the backend answered, where a workspace wants that. Behind a queue that is bounded by count and bytes:
 * a slow database costs recordings, never a client's time. The same request gives one mock, whoever asks and however often.
 */
@Injectable()
export class MissRecorder implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('MissRecorder');
  private readonly waiting: Waiting[] = [];
  private bytes = 0;
  private droppedCount = 0;
  private saving: Promise<void> | undefined;
  private isClosing = false;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'recording'>,
    private readonly directory: WorkspaceDirectory,
    private readonly store: RecordingStore,
    private readonly registry: MetricsRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.counter(
      'recorder_misses_dropped_total',
      'Answers to misses that were not recorded: the queue was full, the workspace took no more, or the database was away for too long.',
      () => this.droppedCount,
    );
    this.registry.gauge(
      'recorder_misses_waiting',
      'Answers to misses that wait to be stored.',
      () => this.waiting.length,
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    await this.saving;
  }

  wants({ settings }: Workspace): boolean {
    return settings.recording?.onMiss === true;
  }

  add({ id }: Workspace, exchange: Omit<RecordedExchange, 'id'>): void {
    const { request, reply } = exchange;
    const bytes = request.body.length + reply.body.length + 1_024;
    if (this.isClosing || this.waiting.length >= maxWaiting || this.bytes + bytes > this.config.recording.maxBytes) {
      this.droppedCount++;
      return;
    }
    this.waiting.push({ workspaceId: id, exchange: { id: '', ...exchange }, bytes });
    this.bytes += bytes;
    this.saving ??= this.saveAll().finally(() => (this.saving = undefined));
  }

  private async saveAll(): Promise<void> {
    for (let failures = 0; this.waiting.length > 0 && !(this.isClosing && failures > 0);) {
      const { workspaceId } = this.waiting[0]!;
      const batch = this.waiting.filter(one => one.workspaceId === workspaceId).slice(0, perBatch);
      try {
        await this.save(workspaceId, batch);
        failures = 0;
      } catch (error) {
        this.logger.warn(
          `Recorded misses cannot be stored now: ${error instanceof Error ? error.message : String(error)}`,
        );
        if (!(error instanceof DatabaseUnavailableError)) {
          // This workspace does not take them, now or later: those of others must not wait behind them.
          this.droppedCount += batch.length;
          this.forget(new Set(batch));
          continue;
        }
        failures++;
        await new Promise(resolve => setTimeout(resolve, retryAfterMs).unref());
        continue;
      }
      this.forget(new Set(batch));
    }
    this.droppedCount += this.waiting.length;
    this.forget(new Set(this.waiting));
  }

  private async save(workspaceId: string, batch: readonly Waiting[]): Promise<void> {
    const workspace = this.directory.byId(workspaceId);
    if (workspace === undefined) return;
    const exchanges = await prepareExchanges(
      batch.map(({ exchange }) => exchange),
      { workspace, maxBodyBytes: this.config.recording.maxBodyBytes },
    );
    const { drafts = false, latency = 'none' } = workspace.settings.recording ?? {};
    const spec: RecordSpec = { repeatsAsScenarios: false, drafts, latency };
    const recorded = recordedMappings(exchanges.exchanges, spec, exchange => idOf(workspaceId, exchange));
    await this.store.save(workspace, recorded, {
      duplicatePolicy: 'IGNORE',
      by: byServer('recorder', 'Recorded misses'),
    });
  }

  private forget(done: ReadonlySet<Waiting>): void {
    const left = this.waiting.filter(one => !done.has(one));
    this.waiting.splice(0, this.waiting.length, ...left);
    this.bytes = left.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

/** One id for one question, on every replica (RFC 9562, version 8). Made of the pattern, in which no secret is left. */
function idOf(workspaceId: string, { request, raw }: RecordedExchange): string {
  const pattern = JSON.stringify(recordedRequest(request, {}, raw));
  const hex = createHash('sha256').update(`${workspaceId}\n${pattern}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
