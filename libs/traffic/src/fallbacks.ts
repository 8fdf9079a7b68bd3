import { Injectable } from '@nestjs/common';
import { type MockRequest } from '@mock-server/engine';
import { type Workspace } from '@mock-server/workspaces';
import { type Call } from './call';
import { ProxyFallback } from './proxy-fallback';

/** What a workspace does on a miss, by name. */
@Injectable()
export class Fallbacks {
  constructor(private readonly proxy: ProxyFallback) {}

  /** Whether a request body may go straight on to a backend. */
  canStream({ settings }: Workspace): boolean {
    return settings.backendUrl !== undefined && settings.fallbacks[0] === 'proxy';
  }

  /** True when the fallback answered; false when it is not set up. */
  answer(kind: Workspace['settings']['fallbacks'][number], call: Call, request: MockRequest): Promise<boolean> {
    switch (kind) {
      case 'proxy':
        return this.proxy.answer(call, request);
      case 'ai':
        return Promise.resolve(false); // comes with libs/ai
      default:
        return kind satisfies never;
    }
  }
}
