import { CONFIG, type Config } from '@mock-server/config';
import { type Caller, callerOf, ClientAddresses, nameOf, requestIdOf } from '@mock-server/http';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type AuditNote, auditNoteOf } from './audit-note';
import { AuditTrail } from './audit-trail';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** A GET that is no read: it signs somebody in. */
const REMARKABLE: ReadonlySet<string> = new Set(['oidc.finish']);
/** Every quarter of an hour from each open page; the use of a stolen one is in the log. */
const UNREMARKABLE: ReadonlySet<string> = new Set(['auth.refresh', 'links.look']);

/** Looks at every admin request when it is answered, and records those that changed something or were refused. */
@Injectable()
export class AuditRecorder implements OnModuleInit {
  private readonly addresses: ClientAddresses;

  constructor(
    private readonly trail: AuditTrail,
    private readonly adapterHost: HttpAdapterHost,
    @Inject(CONFIG) private readonly config: Pick<Config, 'auth' | 'trustedProxies'>,
  ) {
    this.addresses = new ClientAddresses(config.trustedProxies);
  }

  onModuleInit(): void {
    // With AUTH=off there is nobody to name.
    if (this.config.auth === 'off') return;
    const instance = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    instance.addHook('onResponse', (request, reply, done) => {
      this.record(request, reply.statusCode);
      done();
    });
  }

  private record(request: FastifyRequest, status: number): void {
    const note = auditNoteOf(request.raw);
    if (note === undefined || !isRemarkable(request.method, status, note)) return;
    this.trail.add({
      at: Date.now(),
      ...actorOf(callerOf(request.raw), note),
      workspaceId: note.workspace?.id ?? null,
      workspaceSlug: note.workspace?.slug ?? null,
      action: note.action.slice(0, 100),
      target: targetOf(note, request.params),
      outcome: outcomeOf(status),
      status,
      address: this.addresses.of(request.raw).slice(0, 64),
      requestId: requestIdOf(request.raw),
    });
  }
}

function isRemarkable(method: string, status: number, { rule, action }: AuditNote): boolean {
  if (status === 403 || REMARKABLE.has(action)) return true;
  // Nobody is known yet: a scan of the network is the log's business. Sign-ins are ours.
  if (status === 401 && rule !== 'public') return false;
  if (READS.has(method) || UNREMARKABLE.has(action)) return false;
  // A POST that a viewer may send asks for something and changes nothing.
  return rule !== 'viewer';
}

function actorOf(
  caller: Caller | undefined,
  { actorName, actorId }: AuditNote,
): { actorKind: string; actorId: string | null; actorName: string } {
  if (actorName !== undefined)
    return { actorKind: 'user', actorId: actorId ?? null, actorName: storable(actorName, 254) };
  if (caller === undefined) return { actorKind: 'nobody', actorId: null, actorName: 'nobody' };
  const id = caller.kind === 'user' || caller.kind === 'token' ? caller.id : null;
  return { actorKind: caller.kind, actorId: id, actorName: storable(nameOf(caller), 254) };
}

function targetOf(note: AuditNote, params: unknown): string | null {
  const parts: unknown[] = typeof params === 'object' && params !== null ? Object.values(params) : [];
  const target = [...parts, ...(note.target === undefined ? [] : [note.target])].map(String).join('/');
  return target === '' ? null : storable(target, 500);
}

function outcomeOf(status: number): 'done' | 'refused' | 'failed' {
  if (status < 400) return 'done';
  return status === 401 || status === 403 || status === 429 ? 'refused' : 'failed';
}

/** What a database takes as text: no NUL, no half of a surrogate pair. */
function storable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replaceAll(/\0|\p{Cs}/gu, '\ufffd');
}
