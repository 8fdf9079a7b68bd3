import { Injectable } from '@nestjs/common';
import { type RecordedExchange } from '@mock-server/engine';
import { type Workspace } from '@mock-server/workspaces';
import { BackendClient } from './backend-client';
import { type DriftExample } from './drift-examples';
import { prepareExchanges } from './prepare-exchanges';
import { readReply } from './read-reply';
import { type AskedBackend } from './drift-judge';

export type BackendAnswer = ({ readonly ok: true } & AskedBackend) | { readonly ok: false; readonly reason: string };

export interface DriftTarget {
  readonly workspace: Workspace;
  readonly backendUrl: string;
  readonly signal: AbortSignal;
  /** A longer body is not read. */
  readonly maxBodyBytes: number;
}

/** Asks the backend what it answers now. Secrets are taken out before anybody sees it. */
@Injectable()
export class DriftBackend {
  constructor(private readonly client: BackendClient) {}

  async ask(
    { workspace, backendUrl, signal, maxBodyBytes }: DriftTarget,
    { request, sentHeaders }: DriftExample,
  ): Promise<BackendAnswer> {
    const own = workspace.settings.backendUrl;
    const isOwn = own !== undefined && new URL(own).origin === new URL(backendUrl).origin;
    const reply = await this.client.forward({
      backendUrl,
      isBackendTrusted: isOwn,
      backend: isOwn ? workspace.settings.backend : undefined,
      method: request.method,
      url: request.url,
      rawHeaders: sentHeaders,
      body: request.body,
      forwarding: 'none',
      clientIp: '127.0.0.1',
      scheme: 'http',
      host: new URL(backendUrl).host,
      signal,
    });
    if (reply.kind === 'failed') return { ok: false, reason: reply.detail };
    const body = await readReply(reply.body, maxBodyBytes);
    if (body.kind === 'broken') return { ok: false, reason: 'the backend broke off in the middle of its answer' };
    if (body.kind === 'too-large')
      return { ok: false, reason: `the backend’s answer is longer than ${maxBodyBytes} bytes (maxBodyBytes)` };
    const { status, rawHeaders } = reply;
    return this.clean(workspace, request, { maxBodyBytes, reply: { status, headers: rawHeaders, body: body.bytes } });
  }

  private async clean(
    workspace: Workspace,
    request: DriftExample['request'],
    { maxBodyBytes, reply }: { maxBodyBytes: number; reply: RecordedExchange['reply'] },
  ): Promise<BackendAnswer> {
    const exchange: RecordedExchange = { id: '', request, receivedAt: Date.now(), tookMs: 0, isProxied: true, reply };
    const { exchanges } = await prepareExchanges([exchange], { workspace, maxBodyBytes });
    return { ok: true, request, answer: exchanges[0]!.reply };
  }
}
