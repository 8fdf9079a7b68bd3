import { Module } from '@nestjs/common';
import { JournalModule } from '@mock-server/journal';
import { MetricsModule } from '@mock-server/metrics';
import { MocksModule } from '@mock-server/mocks';
import { WorkspacesModule } from '@mock-server/workspaces';
import { DriftBackend } from './drift-backend';
import { DriftController } from './drift.controller';
import { DriftJudge } from './drift-judge';
import { DriftService } from './drift.service';
import { MissRecorder } from './miss-recorder';
import { MockAnswers } from './mock-answers';
import { ProxyModule } from './proxy.module';
import { Recorder } from './recorder';
import { RecordingStore } from './recording-store';
import { RecordingsController } from './recordings.controller';
import { RecordingsService } from './recordings.service';

/** Recordings of what backends say, the mocks made of them, and how mocks drift from backends. */
@Module({
  imports: [JournalModule, MetricsModule, MocksModule, ProxyModule, WorkspacesModule],
  controllers: [RecordingsController, DriftController],
  providers: [
    Recorder,
    MissRecorder,
    RecordingStore,
    RecordingsService,
    MockAnswers,
    DriftJudge,
    DriftBackend,
    DriftService,
  ],
  exports: [Recorder, MissRecorder],
})
export class RecordingsModule {}
