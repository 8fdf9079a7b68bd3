import { Injectable } from '@nestjs/common';
import { type MockRequest } from '@mock-server/engine';
import { BackendPass } from './backend-pass';
import { type Call } from './call';

/** Passes a miss to the workspace's backend. */
@Injectable()
export class ProxyFallback {
  constructor(private readonly passes: BackendPass) {}

  /** False when the workspace has no backend. */
  async answer(call: Call, request: MockRequest): Promise<boolean> {
    const { backendUrl, backend } = call.workspace.settings;
    if (backendUrl === undefined) return false;
    await this.passes.send(call, {
      request,
      target: { backendUrl, backend, url: call.head.url, rawHeaders: request.rawHeaders },
    });
    return true;
  }
}
