import { DEFAULT_SLUG } from './workspace';

export interface WorkspaceAddress {
  /** `X-Mock-Workspace`; the path prefix `/__w/<slug>` has become this header already. */
  readonly header?: string | undefined;
  /** The Host header. */
  readonly host?: string | undefined;
  /** Of the API token that the request is made with. */
  readonly tokenWorkspaceId?: string | undefined;
  /** `X-Mock-Session`; the path prefix `/__w/<slug>/__s/<id>` has become this header already. Which workspace is meant does not hang on it. */
  readonly session?: string | undefined;
}

/** The slug a request addresses: header, else host `<slug>.<domain>`, else `otherwise`. Whether it exists is not asked. */
export function locateWorkspace(
  address: WorkspaceAddress,
  domain: string | undefined,
  otherwise: string = DEFAULT_SLUG,
): string {
  if (address.header !== undefined && address.header !== '') return address.header.toLowerCase();
  if (domain === undefined || address.host === undefined) return otherwise;
  const host = address.host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  const suffix = `.${domain.toLowerCase()}`;
  return host.length > suffix.length && host.endsWith(suffix) ? host.slice(0, -suffix.length) : otherwise;
}
