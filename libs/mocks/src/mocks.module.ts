import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CacheModule } from '@mock-server/cache';
import { WorkspacesModule } from '@mock-server/workspaces';
import { CatalogState } from './catalog-state';
import { ChangeSetsController } from './change-sets.controller';
import { ChangeSetsService } from './change-sets.service';
import { ChangeSetEntity } from './change-set.entity';
import { DraftsController } from './drafts.controller';
import { DraftsService } from './drafts.service';
import { FileEntity } from './file.entity';
import { FileStore } from './file-store';
import { FilesController } from './files.controller';
import { FilesService } from './files.service';
import { IdempotencyKeyEntity } from './idempotency-key.entity';
import { GlobalSettingsService } from './global-settings';
import { MappingsController } from './mappings.controller';
import { MappingsDirectory } from './mappings-directory';
import { MockCatalog } from './mock-catalog';
import { MockEntity } from './mock.entity';
import { MockVersionEntity } from './mock-version.entity';
import { MockImportService } from './mock-import.service';
import { MockList } from './mock-list';
import { MockPatchesService } from './mock-patches.service';
import { MocksService } from './mocks.service';
import { ReplyTurns } from './reply-turns';
import { ResetController } from './reset.controller';
import { ResetHooks } from './reset-hooks';
import { ResetService } from './reset.service';
import { ResourceItems } from './resource-items';
import { ResourcesController } from './resources.controller';
import { RevisionInterceptor } from './revision.interceptor';
import { RevisionWait } from './revision-wait';
import { ScenarioStates } from './scenario-states';
import { ScenariosController } from './scenarios.controller';
import { StateController } from './state.controller';
import { SessionPromotionService } from './session-promotion.service';
import { SessionsController } from './sessions.controller';
import { STATE_STORE } from './state-store';
import { stateStoreProvider } from './state-store.provider';
import { StateValues } from './state-values';
import { TemplateEnvironments } from './template-environments';
import { TombstoneEntity } from './tombstone.entity';

@Module({
  imports: [
    TypeOrmModule.forFeature([
      MockEntity,
      MockVersionEntity,
      TombstoneEntity,
      ChangeSetEntity,
      FileEntity,
      IdempotencyKeyEntity,
    ]),
    CacheModule,
    WorkspacesModule,
  ],
  controllers: [
    MappingsController,
    DraftsController,
    ChangeSetsController,
    FilesController,
    ScenariosController,
    StateController,
    ResourcesController,
    ResetController,
    SessionsController,
  ],
  providers: [
    MockCatalog,
    MocksService,
    MockList,
    MockImportService,
    MockPatchesService,
    DraftsService,
    ChangeSetsService,
    MappingsDirectory,
    FileStore,
    FilesService,
    stateStoreProvider,
    CatalogState,
    ResourceItems,
    StateValues,
    ScenarioStates,
    ReplyTurns,
    RevisionWait,
    { provide: APP_INTERCEPTOR, useClass: RevisionInterceptor },
    ResetHooks,
    ResetService,
    GlobalSettingsService,
    TemplateEnvironments,
    SessionPromotionService,
  ],
  exports: [
    MockCatalog,
    MocksService,
    MockImportService,
    MockPatchesService,
    FilesService,
    FileStore,
    ScenarioStates,
    StateValues,
    ResourceItems,
    ReplyTurns,
    RevisionWait,
    ResetHooks,
    STATE_STORE,
    TemplateEnvironments,
  ],
})
export class MocksModule {}
