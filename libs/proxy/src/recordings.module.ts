import { Module } from '@nestjs/common';
import { JournalModule } from '@mock-server/journal';
import { MetricsModule } from '@mock-server/metrics';
import { MocksModule } from '@mock-server/mocks';
import { WorkspacesModule } from '@mock-server/workspaces';
import { MissRecorder } from './miss-recorder';
import { ProxyModule } from './proxy.module';
import { Recorder } from './recorder';
import { RecordingStore } from './recording-store';
import { RecordingsController } from './recordings.controller';
import { RecordingsService } from './recordings.service';

/** Recordings of what backends say, and the mocks made of them. */
@Module({
  imports: [JournalModule, MetricsModule, MocksModule, ProxyModule, WorkspacesModule],
  controllers: [RecordingsController],
  providers: [Recorder, MissRecorder, RecordingStore, RecordingsService],
  exports: [Recorder, MissRecorder],
})
export class RecordingsModule {}
