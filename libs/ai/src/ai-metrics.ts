import { MetricsRegistry } from '@mock-server/metrics';
import { CONFIG, type Config } from '@mock-server/config';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Tokens } from './ai-provider';

/** What was asked of the model of this server, by its names in Prometheus. There is one model, so the labels are few. */
@Injectable()
export class AiMetrics implements OnModuleInit {
  private readonly calls = { true: 0, false: 0 };
  private readonly tokens = { input: 0, output: 0 };

  constructor(
    private readonly registry: MetricsRegistry,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ai'>,
  ) {}

  onModuleInit(): void {
    const { model } = this.config.ai;
    this.registry.counter('claude_api_calls_total', 'Generations that were asked for, by model and success.', () =>
      Object.entries(this.calls).map(([success, value]) => ({ labels: { model, success }, value })),
    );
    this.registry.counter('claude_api_tokens_total', 'Tokens that generations used, by model and type.', () =>
      Object.entries(this.tokens).map(([type, value]) => ({ labels: { model, type }, value })),
    );
  }

  count(isSuccess: boolean, tokens: Tokens | undefined): void {
    this.calls[isSuccess ? 'true' : 'false']++;
    this.tokens.input += tokens?.input ?? 0;
    this.tokens.output += tokens?.output ?? 0;
  }
}
