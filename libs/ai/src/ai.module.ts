import { MetricsModule } from '@mock-server/metrics';
import { MocksModule } from '@mock-server/mocks';
import { WorkspacesModule } from '@mock-server/workspaces';
import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { AiMetrics } from './ai-metrics';
import { AI_PROVIDER } from './ai-provider';
import { ClaudeProvider } from './claude-provider';
import { GeneratedDrafts } from './generated-drafts';
import { Generator } from './generator';
import { LiveAnswers } from './live-answers';
import { AI_OUTBOUND, type Outbound } from './outbound';
import { TokenBudget } from './token-budget';
import { TokenUsage } from './token-usage';

export interface AiOptions {
  /** What calls go out by, and the modules that export it. */
  readonly outbound: Type<Outbound>;
  readonly imports: NonNullable<ModuleMetadata['imports']>;
}

/** Answers that a model makes, what they may cost, and where they are kept. */
@Module({})
export class AiModule {
  static forRoot({ outbound, imports }: AiOptions): DynamicModule {
    return {
      module: AiModule,
      global: true,
      imports: [MetricsModule, MocksModule, WorkspacesModule, ...imports],
      providers: [
        { provide: AI_OUTBOUND, useExisting: outbound },
        { provide: AI_PROVIDER, useClass: ClaudeProvider },
        AiMetrics,
        TokenUsage,
        TokenBudget,
        Generator,
        GeneratedDrafts,
        LiveAnswers,
      ],
      exports: [Generator, LiveAnswers],
    };
  }
}
