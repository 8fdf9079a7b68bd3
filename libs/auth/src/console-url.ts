import type { Config } from '@mock-server/config';

/** Where a browser reaches the console, as far as the server knows. */
export function consoleUrl({ publicUrl, host, webUiPort }: Pick<Config, 'publicUrl' | 'host' | 'webUiPort'>): string {
  if (publicUrl !== undefined) return publicUrl;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${webUiPort}`;
}
