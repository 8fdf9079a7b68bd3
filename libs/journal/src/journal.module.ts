import { Module } from '@nestjs/common';
import { WorkspacesModule } from '@mock-server/workspaces';
import { JournalController } from './journal.controller';
import { Journal } from './journal';

@Module({ imports: [WorkspacesModule], controllers: [JournalController], providers: [Journal], exports: [Journal] })
export class JournalModule {}
