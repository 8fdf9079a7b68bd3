import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BackendSettings } from '@mock-server/workspaces';

export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** What a TLS connection to a backend needs. Read when connections are opened, so that a renewed certificate is taken. Throws if a file is missing. */
export function readTls(tls: BackendSettings['tls'], folder: string): TlsOptions {
  if (tls === undefined) return {};
  const { ca, clientCertificate, serverName, insecure } = tls;
  return {
    ...(ca !== undefined && { ca }),
    ...(serverName !== undefined && { servername: serverName }),
    ...(insecure === true && { rejectUnauthorized: false }),
    ...(clientCertificate !== undefined && {
      cert: readFileSync(join(folder, `${clientCertificate}.crt`), 'utf8'),
      key: readFileSync(join(folder, `${clientCertificate}.key`), 'utf8'),
    }),
  };
}
