import { type Readable } from 'node:stream';
import { type BackendSettings } from '@mock-server/workspaces';
import { type BackendReply } from './backend-exchange';
import { type BackendFailure } from './backend-failure';
import { rewriteUrl } from './head-rules';

export interface ForwardRequest {
  /** Origin and optional base path. */
  readonly backendUrl: string;
  /** False for a URL that no administrator set, such as one out of a mapping: then private addresses are refused. Default true. */
  readonly isBackendTrusted?: boolean;
  /** How the workspace wants its backend called; undefined for a backend that is not the workspace's own. */
  readonly backend?: BackendSettings | undefined;
  /** Sent as Host instead of the backend's own name. */
  readonly hostHeader?: string | undefined;
  /** `none`: as the client's own request, without X-Forwarded-… of ours. Default `fields`. */
  readonly forwarding?: 'fields' | 'none' | undefined;
  readonly method: string;
  /** Path and query exactly as received; appended to the base path. */
  readonly url: string;
  /** Name, value, name, value, …, in order, case and number. */
  readonly rawHeaders: readonly string[];
  /** A stream is read to its end or thrown away, never destroyed. */
  readonly body: Uint8Array | Readable | undefined;
  readonly clientIp: string;
  readonly scheme: string;
  /** As the client gave it. */
  readonly host: string;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/** Where it goes, without credentials and query. Undefined: nowhere, for that is no URL. */
export function addressOf({ backendUrl, backend, url }: ForwardRequest): URL | undefined {
  if (!URL.canParse(backendUrl)) return undefined;
  const address = new URL(backendUrl);
  const path = rewriteUrl(url, backend?.rewrite).replace(/[?#].*$/s, '');
  address.username = address.password = address.search = address.hash = '';
  address.pathname = `${address.pathname.replace(/\/$/, '')}${path}`;
  return address;
}

export type ForwardResult = BackendReply | BackendFailure;
