import { Module } from '@nestjs/common';
import { WorkspacesModule } from '@mock-server/workspaces';
import { EventStreams } from './event-streams';
import { EventsController } from './events.controller';
import { JournalController } from './journal.controller';
import { Journal } from './journal';
import { RequestWaits } from './request-waits';
import { VerificationController } from './verification.controller';
import { VerificationService } from './verification.service';

@Module({
  imports: [WorkspacesModule],
  controllers: [JournalController, VerificationController, EventsController],
  providers: [Journal, RequestWaits, VerificationService, EventStreams],
  exports: [Journal],
})
export class JournalModule {}
