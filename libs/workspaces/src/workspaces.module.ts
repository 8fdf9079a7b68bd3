import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DeletedWorkspacesController } from './deleted-workspaces.controller';
import { BaseWorkspacePipe, WorkspacePipe } from './in-workspace';
import { RevisionEntity } from './revision.entity';
import { SessionDirectory } from './session-directory';
import { SessionSync } from './session-sync';
import { SessionsService } from './sessions.service';
import { WorkspaceDirectory } from './workspace-directory';
import { WorkspaceGuardsController } from './workspace-guards.controller';
import { WorkspaceRemoval } from './workspace-removal';
import { WorkspaceEntity } from './workspace.entity';
import { WorkspacesController } from './workspaces.controller';
import { WorkspacesService } from './workspaces.service';

/** Needs the global CONFIG and `DatabaseModule.forRoot()`. */
@Module({
  imports: [TypeOrmModule.forFeature([WorkspaceEntity, RevisionEntity])],
  controllers: [WorkspacesController, DeletedWorkspacesController, WorkspaceGuardsController],
  providers: [
    WorkspaceDirectory,
    WorkspacesService,
    WorkspaceRemoval,
    WorkspacePipe,
    BaseWorkspacePipe,
    SessionDirectory,
    SessionSync,
    SessionsService,
  ],
  exports: [WorkspaceDirectory, WorkspacesService, WorkspacePipe, BaseWorkspacePipe, SessionDirectory, SessionsService],
})
export class WorkspacesModule {}
