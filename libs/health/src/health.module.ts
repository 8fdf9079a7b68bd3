import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AiPart } from './ai-part';
import { DependencyGauges } from './dependency-gauges';
import { HealthController } from './health.controller';
import { HealthService } from './health.service';
import { Lifecycle } from './lifecycle';
import { ServerParts } from './server-parts';
import { ShutdownController } from './shutdown.controller';
import { VERSION } from './version';
import { WireMockHealthController } from './wiremock-health.controller';

export interface HealthOptions {
  readonly version: string;
  /** The modules that export MockCatalog, Database and RedisConnection, as far as they are not global. */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
}

@Module({})
export class HealthModule {
  static forRoot({ version, imports = [] }: HealthOptions): DynamicModule {
    return {
      module: HealthModule,
      // No logger: Terminus logs an ERROR a probe, and a replica that drains or starts is no reason to wake someone.
      imports: [TerminusModule.forRoot({ logger: false }), ...imports],
      controllers: [HealthController, WireMockHealthController, ShutdownController],
      providers: [
        Lifecycle,
        ServerParts,
        AiPart,
        HealthService,
        DependencyGauges,
        { provide: VERSION, useValue: version },
      ],
      exports: [Lifecycle, ServerParts],
    };
  }
}
