import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';

export interface ForwardRequest {
  readonly backendUrl: string; readonly method: string; readonly url: string; readonly rawHeaders: readonly string[];
  readonly body: Uint8Array | Readable | undefined; readonly clientIp: string; readonly scheme: string; readonly host: string; readonly signal: AbortSignal;
}
export type ForwardResult =
  | { readonly kind: 'answered'; readonly status: number; readonly statusMessage: string; readonly rawHeaders: string[]; readonly body: Readable }
  | { readonly kind: 'failed'; readonly problem: 'backend-unreachable' | 'backend-timeout' | 'backend-invalid' | 'outbound-refused' | 'proxy-loop'; readonly detail: string };

@Injectable()
export class BackendClient {
  forward(_request: ForwardRequest): Promise<ForwardResult> {
    return Promise.resolve({ kind: 'failed', problem: 'backend-unreachable', detail: 'stub' });
  }
}
