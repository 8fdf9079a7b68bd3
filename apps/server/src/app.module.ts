import { type DynamicModule, Module } from '@nestjs/common';
import { AiModule } from '@mock-server/ai';
import { AuthModule } from '@mock-server/auth';
import { CacheModule } from '@mock-server/cache';
import { type Config, ConfigModule } from '@mock-server/config';
import { DatabaseModule } from '@mock-server/database';
import { HealthModule } from '@mock-server/health';
import { HistoryModule } from '@mock-server/history';
import { HttpModule, Public } from '@mock-server/http';
import { JournalModule } from '@mock-server/journal';
import { MetricsModule } from '@mock-server/metrics';
import { MocksModule } from '@mock-server/mocks';
import { OutboundFetch, ProxyModule, RecordingsModule } from '@mock-server/proxy';
import { TrafficModule } from '@mock-server/traffic';
import { WorkspacesModule } from '@mock-server/workspaces';
import { ConsoleController } from './console.controller';
import { version } from './installation';

/** The list of rooms. Nothing else is decided here. */
@Module({})
export class AppModule {
  static of(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        HttpModule,
        MetricsModule.forRoot({ declare: [Public()] }),
        CacheModule,
        DatabaseModule.forRoot(),
        WorkspacesModule,
        AuthModule,
        MocksModule,
        HistoryModule,
        JournalModule,
        ProxyModule,
        RecordingsModule,
        AiModule.forRoot({ outbound: OutboundFetch, imports: [ProxyModule] }),
        TrafficModule,
        HealthModule.forRoot({ version, imports: [MocksModule, CacheModule] }),
      ],
      controllers: [ConsoleController],
    };
  }
}
