import { Module } from '@nestjs/common';
import { JournalModule } from '@mock-server/journal';
import { MetricsModule } from '@mock-server/metrics';
import { MocksModule } from '@mock-server/mocks';
import { ProxyModule } from '@mock-server/proxy';
import { WorkspacesModule } from '@mock-server/workspaces';
import { EventStreams } from './event-streams';
import { Fallbacks } from './fallbacks';
import { JournalReset } from './journal-reset';
import { MissReply } from './miss-reply';
import { MockReply } from './mock-reply';
import { NearMissesController } from './near-misses.controller';
import { ProxyFallback } from './proxy-fallback';
import { ReplyPlanner } from './reply-planner';
import { Reporter } from './reporter';
import { ResourceReplies } from './resource-replies';
import { StateGauges } from './state-gauges';
import { StatefulReplies } from './stateful-replies';
import { TemplateEnvironments } from './template-environments';
import { TemplatedReplies } from './templated-replies';
import { TrafficDoor } from './traffic.door';
import { TrafficGauges } from './traffic.gauges';
import { TrafficPipeline } from './traffic.pipeline';
import { TrafficServer } from './traffic.server';
import { UnmatchedMocksController } from './unmatched-mocks.controller';
import { Webhooks } from './webhooks';

@Module({
  imports: [JournalModule, MetricsModule, MocksModule, ProxyModule, WorkspacesModule],
  controllers: [NearMissesController, UnmatchedMocksController],
  providers: [
    TrafficServer,
    TrafficDoor,
    TrafficPipeline,
    MockReply,
    ReplyPlanner,
    EventStreams,
    MissReply,
    TemplatedReplies,
    TemplateEnvironments,
    StatefulReplies,
    ResourceReplies,
    Fallbacks,
    ProxyFallback,
    Reporter,
    TrafficGauges,
    StateGauges,
    JournalReset,
    Webhooks,
  ],
  exports: [TrafficServer],
})
export class TrafficModule {}
