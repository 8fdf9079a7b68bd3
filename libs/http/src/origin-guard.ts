import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from './problem';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a write that a page of another site makes a browser send: text/plain JSON needs no preflight, and a server on
 * a laptop has no password. Browsers name their page in `Origin` on every write; programs send none.
 */
export function checkOrigin(method: string, headers: IncomingHttpHeaders): void {
  const { origin, host } = headers;
  if (origin === undefined || SAFE_METHODS.has(method) || isSameHost(origin, host)) return;
  throw new Problem('forbidden-origin', {
    detail:
      'The admin API takes writes from its own pages only. Call it without an Origin header, or from the console.',
  });
}

function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  // Parsed with the page's scheme, so that `:80` and `:443` count as absent on both sides.
  const own = `${page.protocol}//${host}`;
  return page.host !== '' && URL.canParse(own) && new URL(own).host === page.host;
}

@Injectable()
export class OriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ method: string; headers: IncomingHttpHeaders }>();
    checkOrigin(request.method, request.headers);
    return true;
  }
}
