import { CONFIG, type Config } from '@mock-server/config';
import { type CanActivate, type ExecutionContext, Inject, Injectable, Optional } from '@nestjs/common';
import { isIP } from 'node:net';
import { Problem } from './problem';

/**
 * Refuses a name that is not one of the server's own. A page of any site can make its name resolve to 127.0.0.1 (DNS
 * rebinding); to the browser this server is then of the page's origin, and only the Host header tells. An address
 * cannot be rebound, and probes use one: it is always allowed.
 */
export function isAllowedHost(host: string | undefined, allowed: readonly string[] | undefined): boolean {
  if (allowed === undefined || host === undefined) return true;
  const name = host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  if (isIP(name) !== 0) return true;
  return allowed.some(entry => (entry.startsWith('*.') ? name.endsWith(entry.slice(1)) : name === entry));
}

@Injectable()
export class HostGuard implements CanActivate {
  constructor(
    @Optional() @Inject(CONFIG) private readonly config: Pick<Config, 'allowedHosts'> = { allowedHosts: undefined },
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: { host?: string } }>();
    if (isAllowedHost(headers.host, this.config.allowedHosts)) return true;
    throw new Problem('forbidden-host', {
      detail: `This server does not answer as '${String(headers.host).slice(0, 200)}'. Add the name to ALLOWED_HOSTS if it is its own.`,
    });
  }
}
