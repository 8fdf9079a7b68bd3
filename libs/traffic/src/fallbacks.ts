import { Injectable } from '@nestjs/common';
import { type MockRequest } from '@mock-server/engine';
import { type Workspace } from '@mock-server/workspaces';
import { AiFallback } from './ai-fallback';
import { type Call } from './call';
import { type FallbackOutcome } from './fallback-outcome';
import { ProxyFallback } from './proxy-fallback';

/** What a workspace does on a miss, by name. */
@Injectable()
export class Fallbacks {
  constructor(
    private readonly proxy: ProxyFallback,
    private readonly ai: AiFallback,
  ) {}

  /** Whether a request body may go straight on to a backend. */
  canStream({ settings }: Workspace): boolean {
    return settings.backendUrl !== undefined && settings.fallbacks[0] === 'proxy';
  }

  async answer(
    kind: Workspace['settings']['fallbacks'][number],
    call: Call,
    request: MockRequest,
  ): Promise<FallbackOutcome> {
    switch (kind) {
      case 'proxy':
        return (await this.proxy.answer(call, request)) ? 'answered' : 'absent';
      case 'ai':
        return this.ai.answer(call, request);
      default:
        return kind satisfies never;
    }
  }
}
