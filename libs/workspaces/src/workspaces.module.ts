import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkspacePipe } from './in-workspace';
import { WorkspaceDirectory } from './workspace-directory';
import { WorkspaceEntity } from './workspace.entity';
import { WorkspacesController } from './workspaces.controller';
import { WorkspacesService } from './workspaces.service';

/** Needs the global CONFIG and `DatabaseModule.forRoot()`. */
@Module({
  imports: [TypeOrmModule.forFeature([WorkspaceEntity])],
  controllers: [WorkspacesController],
  providers: [WorkspaceDirectory, WorkspacesService, WorkspacePipe],
  exports: [WorkspaceDirectory, WorkspacesService, WorkspacePipe],
})
export class WorkspacesModule {}
