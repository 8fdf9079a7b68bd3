import { Module } from '@nestjs/common';
import { JournalModule } from '@mock-server/journal';
import { MetricsModule } from '@mock-server/metrics';
import { MocksModule } from '@mock-server/mocks';
import { ProxyModule, RecordingsModule } from '@mock-server/proxy';
import { WorkspacesModule } from '@mock-server/workspaces';
import { BackendPass } from './backend-pass';
import { Fallbacks } from './fallbacks';
import { JournalReset } from './journal-reset';
import { MockReply } from './mock-reply';
import { NearMissesController } from './near-misses.controller';
import { ProxiedReplies } from './proxied-replies';
import { ProxyFallback } from './proxy-fallback';
import { Reporter } from './reporter';
import { TemplateEnvironments } from './template-environments';
import { TemplatedReplies } from './templated-replies';
import { TrafficDoor } from './traffic.door';
import { TrafficGauges } from './traffic.gauges';
import { TrafficPipeline } from './traffic.pipeline';
import { TrafficServer } from './traffic.server';
import { UnmatchedMocksController } from './unmatched-mocks.controller';

@Module({
  imports: [JournalModule, MetricsModule, MocksModule, ProxyModule, RecordingsModule, WorkspacesModule],
  controllers: [NearMissesController, UnmatchedMocksController],
  providers: [
    TrafficServer,
    TrafficDoor,
    TrafficPipeline,
    MockReply,
    TemplatedReplies,
    TemplateEnvironments,
    ProxiedReplies,
    BackendPass,
    Fallbacks,
    ProxyFallback,
    Reporter,
    TrafficGauges,
    JournalReset,
  ],
  exports: [TrafficServer],
})
export class TrafficModule {}
