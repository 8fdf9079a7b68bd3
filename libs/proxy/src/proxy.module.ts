import { Module } from '@nestjs/common';
import { JournalModule } from '@mock-server/journal';
import { MetricsModule } from '@mock-server/metrics';
import { MocksModule } from '@mock-server/mocks';
import { WorkspacesModule } from '@mock-server/workspaces';
import { BackendClient } from './backend-client';
import { BackendCounts } from './backend-counts';
import { BackendPools } from './backend-pools';
import { MissRecorder } from './miss-recorder';
import { OutboundGate } from './outbound-gate';
import { Recorder } from './recorder';
import { RecordingStore } from './recording-store';
import { RecordingsController } from './recordings.controller';
import { RecordingsService } from './recordings.service';

/** Calls to backends, the gate that every outbound call passes, and recordings of what backends say. */
@Module({
  imports: [JournalModule, MetricsModule, MocksModule, WorkspacesModule],
  controllers: [RecordingsController],
  providers: [OutboundGate, BackendPools, BackendCounts, BackendClient, Recorder, MissRecorder, RecordingStore, RecordingsService],
  exports: [OutboundGate, BackendClient, Recorder, MissRecorder],
})
export class ProxyModule {}
