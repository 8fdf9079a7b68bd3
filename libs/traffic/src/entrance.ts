import { timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { withoutHeaders } from '@mock-server/engine';
import { RateLimit } from '@mock-server/http';
import { hashTrafficSecret, type Protection, type Workspace } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { LoadShedding } from './load-shedding';
import { problemReply } from './plain-problem';
import { type RequestHead } from './request-head';
import { TrafficTokens } from './traffic-tokens';
import { type WholeReply } from './write-reply';

/** Whom a workspace lets in to its traffic. One that asks for nothing costs three comparisons. */
@Injectable()
export class Entrance {
  /** There can be fewer workspaces: what is left of deleted ones goes. */
  private readonly rate = new RateLimit({ burstSeconds: 1, maxKeys: 2_000 });
  private readonly tokens = new TrafficTokens();

  constructor(private readonly shedding: LoadShedding) {}

  /** Whether there is more to do than there is time for, at this time as of `performance.now()`. */
  isFull(now: number): boolean {
    return this.shedding.isTooMuch(now);
  }

  /** For a request that found it full. */
  turnAway(incoming: IncomingMessage, outgoing: ServerResponse, head: RequestHead): void {
    this.shedding.turnAway(incoming, outgoing, head);
  }

  /** Why a request is turned away; undefined: it may come in. */
  refusalOf(workspace: Workspace, head: RequestHead, incoming: IncomingMessage): WholeReply | undefined {
    const { isArchived, protection, quotas } = workspace;
    if (isArchived === undefined && protection === undefined && quotas === undefined) return undefined;
    if (isArchived === true) return problemReply('workspace-not-found', `Workspace '${workspace.slug}' is archived.`);
    // A browser shows no credentials when it asks whether it may send them.
    const isAsking = head.isPreflight && workspace.settings.cors;
    if (protection !== undefined && !isAsking && !this.fits(protection, incoming)) return unauthorized(protection);
    const perSecond = quotas?.requestsPerSecond;
    if (perSecond === undefined || this.rate.take(workspace.id, perSecond)) return undefined;
    return withHeaders(
      problemReply('too-many-requests', `Workspace '${workspace.slug}' may take ${perSecond} requests a second.`),
      ['Retry-After', '1'],
    );
  }

  private fits(protection: Protection, { headers }: IncomingMessage): boolean {
    switch (protection.kind) {
      case 'api-key': {
        const key = headers[protection.header];
        return typeof key === 'string' && isOneOf(protection.hashes, hashTrafficSecret(key));
      }
      case 'basic': {
        const pair = readScheme(headers.authorization, 'basic');
        const text = pair === undefined ? undefined : Buffer.from(pair, 'base64').toString('utf8');
        return text !== undefined && isOneOf(protection.hashes, hashTrafficSecret(text));
      }
      case 'jwt': {
        const token = readScheme(headers.authorization, 'bearer');
        return token !== undefined && this.tokens.isValid(token, protection);
      }
    }
  }
}

/** The headers of a request without the one it was let in by: that is no business of mocks, journal and backends. */
export function withoutKey({ rawHeaders }: RequestHead, protection: Protection): readonly string[] {
  const key = protection.kind === 'api-key' ? protection.header : 'authorization';
  return withoutHeaders(rawHeaders, name => name === key);
}

function readScheme(authorization: string | undefined, scheme: string): string | undefined {
  if (authorization?.slice(0, scheme.length + 1).toLowerCase() !== `${scheme} `) return undefined;
  return authorization.slice(scheme.length + 1).trim();
}

function isOneOf(hashes: readonly string[], hash: string): boolean {
  const given = Buffer.from(hash);
  let found = false;
  for (const one of hashes) found = timingSafeEqual(Buffer.from(one), given) || found;
  return found;
}

function unauthorized(protection: Protection): WholeReply {
  switch (protection.kind) {
    case 'api-key':
      return problemReply('unauthorized', `This workspace wants an API key in the header ${protection.header}.`);
    case 'basic':
      return withHeaders(problemReply('unauthorized', 'This workspace wants Basic credentials.'), [
        'WWW-Authenticate',
        'Basic realm="mocks"',
      ]);
    case 'jwt':
      return withHeaders(problemReply('unauthorized', 'This workspace wants a JWT as Authorization: Bearer.'), [
        'WWW-Authenticate',
        'Bearer realm="mocks"',
      ]);
  }
}

function withHeaders(reply: WholeReply, headers: readonly string[]): WholeReply {
  return { ...reply, headers: [...reply.headers, ...headers] };
}
