import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { type MockRequest } from '@mock-server/engine';
import { type Workspace } from '@mock-server/workspaces';
import { type Call } from './call';
import { ProxyFallback } from './proxy-fallback';

export interface Miss {
  readonly request: MockRequest;
  /** The bytes, or the socket when nothing needed them. */
  readonly body: Readable | Uint8Array;
}

/** What a workspace does on a miss, by name. */
@Injectable()
export class Fallbacks {
  constructor(private readonly proxy: ProxyFallback) {}

  /** Whether a request body may go straight on to a backend. */
  canStream({ settings }: Workspace): boolean {
    return settings.backendUrl !== undefined && settings.fallbacks[0] === 'proxy';
  }

  /** True when the fallback answered; false when it is not set up. */
  answer(kind: Workspace['settings']['fallbacks'][number], call: Call, miss: Miss): Promise<boolean> {
    switch (kind) {
      case 'proxy':
        return this.proxy.answer(call, miss);
      case 'ai':
        return Promise.resolve(false); // comes with libs/ai
      default:
        return kind satisfies never;
    }
  }
}
