import { Module } from '@nestjs/common';
import { JournalModule } from '@mock-server/journal';
import { MetricsModule } from '@mock-server/metrics';
import { MocksModule } from '@mock-server/mocks';
import { ProxyModule, RecordingsModule } from '@mock-server/proxy';
import { WorkspacesModule } from '@mock-server/workspaces';
import { AiFallback } from './ai-fallback';
import { BackendPass } from './backend-pass';
import { Entrance } from './entrance';
import { EventStreams } from './event-streams';
import { Fallbacks } from './fallbacks';
import { HitReply } from './hit-reply';
import { JournalReset } from './journal-reset';
import { LoadShedding } from './load-shedding';
import { Logbook } from './logbook';
import { MadeReplies } from './made-replies';
import { MissReply } from './miss-reply';
import { MockReply } from './mock-reply';
import { NearMissesController } from './near-misses.controller';
import { ProxiedReplies } from './proxied-replies';
import { ProxyFallback } from './proxy-fallback';
import { ReplyEncoding } from './reply-encoding';
import { ReplyPlanner } from './reply-planner';
import { Reporter } from './reporter';
import { RequestReader } from './request-reader';
import { ResourceReplies } from './resource-replies';
import { StateGauges } from './state-gauges';
import { StatefulReplies } from './stateful-replies';
import { TemplatedReplies } from './templated-replies';
import { TrafficDoor } from './traffic.door';
import { TrafficGauges } from './traffic.gauges';
import { TrafficPipeline } from './traffic.pipeline';
import { TrafficUpgrades } from './traffic.upgrades';
import { UpgradeDoor } from './upgrade-door';
import { TrafficServer } from './traffic.server';
import { UnmatchedMocksController } from './unmatched-mocks.controller';
import { Traces } from './traces';
import { Webhooks } from './webhooks';

@Module({
  imports: [JournalModule, MetricsModule, MocksModule, ProxyModule, RecordingsModule, WorkspacesModule],
  controllers: [NearMissesController, UnmatchedMocksController],
  providers: [
    TrafficServer,
    TrafficUpgrades,
    UpgradeDoor,
    TrafficDoor,
    Entrance,
    TrafficPipeline,
    MockReply,
    LoadShedding,
    RequestReader,
    ReplyPlanner,
    MadeReplies,
    EventStreams,
    MissReply,
    TemplatedReplies,
    StatefulReplies,
    HitReply,
    ResourceReplies,
    ProxiedReplies,
    BackendPass,
    Fallbacks,
    ProxyFallback,
    AiFallback,
    Reporter,
    Logbook,
    Traces,
    ReplyEncoding,
    TrafficGauges,
    StateGauges,
    JournalReset,
    Webhooks,
  ],
  exports: [TrafficServer],
})
export class TrafficModule {}
