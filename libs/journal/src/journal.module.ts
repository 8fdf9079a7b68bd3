import { Module } from '@nestjs/common';
import { CacheModule } from '@mock-server/cache';
import { WorkspacesModule } from '@mock-server/workspaces';
import { EventStreams } from './event-streams';
import { EventsController } from './events.controller';
import { JournalController } from './journal.controller';
import { Journal } from './journal';
import { RequestWaits } from './request-waits';
import { SharedJournal } from './shared-journal';
import { VerificationController } from './verification.controller';
import { VerificationService } from './verification.service';

@Module({
  imports: [CacheModule, WorkspacesModule],
  controllers: [JournalController, VerificationController, EventsController],
  providers: [Journal, SharedJournal, RequestWaits, VerificationService, EventStreams],
  exports: [Journal, SharedJournal],
})
export class JournalModule {}
