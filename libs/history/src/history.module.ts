import { MocksModule } from '@mock-server/mocks';
import { WorkspacesModule } from '@mock-server/workspaces';
import { Module } from '@nestjs/common';
import { HistorySweeper } from './history-sweeper';
import { MockHistoryController } from './mock-history.controller';
import { MockHistoryService } from './mock-history.service';
import { RestoreService } from './restore.service';
import { RevisionsController } from './revisions.controller';
import { RevisionsService } from './revisions.service';

/** What was, and the way back. The rooms below write it, each in the transaction of its change. */
@Module({
  imports: [WorkspacesModule, MocksModule],
  controllers: [RevisionsController, MockHistoryController],
  providers: [RevisionsService, MockHistoryService, RestoreService, HistorySweeper],
})
export class HistoryModule {}
