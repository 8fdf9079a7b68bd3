import { STATUS_CODES } from 'node:http';
import { Injectable } from '@nestjs/common';
import {
  patchHeaders,
  patchJsonBody,
  withoutHeaders,
  type CatalogMock,
  type MockRequest,
  type ProxyCall,
  type ProxyReply,
} from '@mock-server/engine';
import { TemplateEnvironments } from '@mock-server/mocks';
import { BackendPass, type Passage, type ReplyHead } from './backend-pass';
import { type Call } from './call';
import { Reporter } from './reporter';
import { replyTemplateFailed } from './template-failed';

/** Passes what a mock matched to the backend that the mock names, and changes the answer as the mock says. */
@Injectable()
export class ProxiedReplies {
  constructor(
    private readonly passes: BackendPass,
    private readonly environments: TemplateEnvironments,
    private readonly reporter: Reporter,
  ) {}

  async send(
    call: Call,
    hit: {
      readonly request: MockRequest;
      readonly mock: CatalogMock;
      readonly proxy: ProxyReply;
      readonly delayMs: number;
    },
  ): Promise<void> {
    const { request, mock, proxy, delayMs } = hit;
    const asked = proxy.render(request, this.environments.of(call));
    if (!asked.ok) return replyTemplateFailed(this.reporter, call, { ...hit, failure: asked });
    await this.passes.send(call, {
      request,
      mock,
      delayMs,
      target: targetOf(call, request, asked),
      changeHead: head => changeHead(head, asked),
      changeBody: bodyChange(asked),
    });
  }
}

/** Where a mapping points to is trusted when an administrator named the same place as the backend of the workspace. */
function targetOf({ workspace }: Call, { rawHeaders }: MockRequest, asked: ProxyCall): Passage['target'] {
  const { backendUrl } = workspace.settings;
  return {
    backendUrl: asked.origin,
    isBackendTrusted: backendUrl !== undefined && new URL(backendUrl).origin === new URL(asked.origin).origin,
    url: asked.url,
    rawHeaders: requestHeaders(rawHeaders, asked),
    hostHeader: asked.host,
    forwarding: 'none',
  };
}

function requestHeaders(rawHeaders: readonly string[], { removedHeaders, requestHeaders, patch }: ProxyCall): string[] {
  const isRemoved = (name: string): boolean =>
    removedHeaders.has(name) || (patch?.json !== undefined && name === 'accept-encoding'); // compressed JSON cannot be changed
  return [...withoutHeaders(rawHeaders, isRemoved), ...requestHeaders];
}

/** WireMock adds a mapping's headers to the backend's, except that there is one Content-Type. */
function changeHead(head: ReplyHead, { replyHeaders, patch }: ProxyCall): ReplyHead {
  const hasType = replyHeaders.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-type');
  const kept = hasType ? patchHeaders(head.rawHeaders, [['content-type', null]]) : head.rawHeaders;
  const rawHeaders = [...kept, ...replyHeaders];
  if (patch === undefined) return { ...head, rawHeaders };
  const isChanged = patch.status !== undefined && patch.status !== head.status;
  return {
    status: patch.status ?? head.status,
    statusMessage: patch.statusMessage ?? (isChanged ? (STATUS_CODES[patch.status] ?? '') : head.statusMessage),
    rawHeaders: patchHeaders(rawHeaders, patch.headers),
  };
}

function bodyChange({ patch }: ProxyCall): Passage['changeBody'] {
  const json = patch?.json;
  if (json === undefined) return undefined;
  return body => {
    const changed = patchJsonBody(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(), json);
    return changed === undefined ? undefined : Buffer.from(changed);
  };
}
