import { timingSafeEqual } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { CONFIG, type Config } from '@mock-server/config';
import { withoutHeaders } from '@mock-server/engine';
import { RateLimit } from '@mock-server/http';
import {
  hashTrafficSecret,
  isSessionId,
  sessionIdRule,
  tooManySessions,
  type Protection,
  type Workspace,
  WorkspaceDirectory,
} from '@mock-server/workspaces';
import { Inject, Injectable } from '@nestjs/common';
import { problemReply } from './plain-problem';
import { type RequestHead } from './request-head';
import { TrafficTokens } from './traffic-tokens';
import { type WholeReply } from './write-reply';

/** What a request is answered that finds no way in. */
export class Refusal {
  constructor(readonly reply: WholeReply) {}
}

/** Where a request goes: to which workspace, to which session on it, and whether it is let in there. */
@Injectable()
export class Entrance {
  /** There can be fewer workspaces: what is left of deleted ones goes. */
  private readonly rate = new RateLimit({ burstSeconds: 1, maxKeys: 2_000 });
  private readonly tokens = new TrafficTokens();

  constructor(
    private readonly workspaces: WorkspaceDirectory,
    @Inject(CONFIG) private readonly config: Pick<Config, 'sessions'>,
  ) {}

  /** The workspace that a request is for. */
  find({ workspace: slug, host }: RequestHead): Workspace | Refusal {
    const workspace = this.workspaces.locate({ header: slug, host });
    if (workspace !== undefined) return workspace;
    if (!this.workspaces.isLoaded)
      return refused('not-ready', 'The workspaces are still loading; try again in a moment.');
    return refused(
      'workspace-not-found',
      `There is no workspace '${(slug ?? '').slice(0, 64)}'. Create it with POST /__admin/workspaces {"slug":"…","name":"…"}.`,
    );
  }

  /** Lets a request in to its workspace, or to the session on it that it names: what it sees from there on. */
  enter(workspace: Workspace, head: RequestHead, incoming: IncomingMessage): Workspace | Refusal {
    const refusal = this.refusalOf(workspace, head, incoming);
    if (refusal !== undefined) return new Refusal(refusal);
    const { session } = head;
    return session === undefined
      ? workspace
      : (this.workspaces.inSession(workspace, session) ?? this.noSession(workspace, session));
  }

  private noSession({ slug }: Workspace, id: string): Refusal {
    return isSessionId(id)
      ? refused('too-many-sessions', tooManySessions(slug, this.config.sessions.maxPerWorkspace))
      : refused('bad-request', `${sessionIdRule}.`);
  }

  /** Why a request is turned away; undefined: it may come in. A workspace that asks for nothing costs three comparisons. */
  private refusalOf(workspace: Workspace, head: RequestHead, incoming: IncomingMessage): WholeReply | undefined {
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

/** The head without the header that the request was let in by: that is no business of mocks, journal and backends. */
export function withoutKey(head: RequestHead, { protection }: Workspace): RequestHead {
  if (protection === undefined) return head;
  const key = protection.kind === 'api-key' ? protection.header : 'authorization';
  return { ...head, rawHeaders: withoutHeaders(head.rawHeaders, name => name === key) };
}

function refused(...problem: Parameters<typeof problemReply>): Refusal {
  return new Refusal(problemReply(...problem));
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
