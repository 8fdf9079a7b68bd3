import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { type RecordedExchange } from '@mock-server/engine';
import { MetricsRegistry } from '@mock-server/metrics';
import { ResetHooks } from '@mock-server/mocks';
import { type Workspace, WorkspaceDirectory } from '@mock-server/workspaces';

/** What came by while a workspace records: the oldest first. */
interface Tape {
  readonly recordingId: string;
  readonly exchanges: RecordedExchange[];
  bytes: number;
}

/** An exchange costs this beside its bodies. */
const exchangeBytes = 1_024;

/** Keeps whole proxied exchanges in memory while their workspace records. Bounded by count and bytes; what does not fit is counted. */
@Injectable()
export class Recorder implements OnModuleInit {
  private readonly tapes = new Map<string, Tape>();
  /** Workspaces and sessions that were told to stop since this process started. */
  private readonly stopped = new Set<string>();
  private bytes = 0;
  private recordedCount = 0;
  private droppedCount = 0;
  private redactedCount = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'recording'>,
    private readonly directory: WorkspaceDirectory,
    private readonly registry: MetricsRegistry,
    private readonly resets: ResetHooks,
  ) {}

  onModuleInit(): void {
    this.directory.onRemove(({ id }) => {
      this.take(id);
      this.stopped.delete(id);
    });
    this.resets.add(id => void this.take(id));
    this.registry.counter(
      'recorder_exchanges_total',
      'Exchanges that were kept for a recording.',
      () => this.recordedCount,
    );
    this.registry.counter(
      'recorder_dropped_total',
      'Exchanges that a recording left out: too large, or no room (RECORDING_MAX_ENTRIES, RECORDING_MAX_BYTES).',
      () => this.droppedCount,
    );
    this.registry.counter(
      'recorder_redacted_total',
      'Secrets that were taken out of recordings before they were stored.',
      () => this.redactedCount,
    );
    this.registry.gauge('recorder_bytes', 'Memory that unfinished recordings take.', () => this.bytes);
  }

  /** Bodies up to this length are kept whole; an exchange with a longer one is left out. */
  get maxBodyBytes(): number {
    return this.config.recording.maxBodyBytes;
  }

  noteStop(workspaceId: string): void {
    this.stopped.add(workspaceId);
  }

  wasStopped(workspaceId: string): boolean {
    return this.stopped.has(workspaceId);
  }

  isRecording({ recording }: Workspace): boolean {
    return recording !== undefined;
  }

  add({ id, recording }: Workspace, exchange: Omit<RecordedExchange, 'id'>): void {
    if (recording === undefined) return;
    const tape = this.tapeOf(id, recording.id);
    const bytes = exchangeBytes + exchange.request.body.length + exchange.reply.body.length;
    const { maxEntries, maxBytes } = this.config.recording;
    if (tape.exchanges.length >= maxEntries || this.bytes + bytes > maxBytes) return this.drop();
    tape.exchanges.push({ id: randomUUID(), ...exchange });
    tape.bytes += bytes;
    this.bytes += bytes;
    this.recordedCount++;
  }

  countRedacted(count: number): void {
    this.redactedCount += count;
  }

  /** An exchange that cannot be kept whole. */
  drop(): void {
    this.droppedCount++;
  }

  /** What was recorded so far; it stays on the tape. */
  look(workspaceId: string): readonly RecordedExchange[] {
    return this.tapes.get(workspaceId)?.exchanges ?? [];
  }

  /** What was recorded, and forgets it. */
  take(workspaceId: string): readonly RecordedExchange[] {
    const tape = this.tapes.get(workspaceId);
    if (tape === undefined) return [];
    this.tapes.delete(workspaceId);
    this.bytes -= tape.bytes;
    return tape.exchanges;
  }

  private tapeOf(workspaceId: string, recordingId: string): Tape {
    const known = this.tapes.get(workspaceId);
    if (known?.recordingId === recordingId) return known;
    this.take(workspaceId);
    const tape: Tape = { recordingId, exchanges: [], bytes: 0 };
    this.tapes.set(workspaceId, tape);
    return tape;
  }
}
