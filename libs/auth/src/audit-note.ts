import type { IncomingMessage } from 'node:http';
import type { AccessRule } from '@mock-server/http';
import type { Workspace } from '@mock-server/workspaces';
import type { ExecutionContext } from '@nestjs/common';

/** What is gathered about a request on its way, for the audit event written when it is answered. */
export interface AuditNote {
  readonly action: string;
  readonly rule: AccessRule;
  workspace?: Pick<Workspace, 'id' | 'slug'>;
  /** Who tried to sign in; else the caller is the actor. */
  actorName?: string;
  actorId?: string;
  target?: string;
}

const notes = new WeakMap<IncomingMessage, AuditNote>();

export function noteRoute(request: IncomingMessage, { action, rule }: Pick<AuditNote, 'action' | 'rule'>): void {
  notes.set(request, { action, rule });
}

export function noteWorkspace(request: IncomingMessage, { id, slug }: Workspace): void {
  const note = notes.get(request);
  if (note) note.workspace = { id, slug };
}

export function noteActor(request: IncomingMessage, { name, id }: { name: string; id?: string | undefined }): void {
  const note = notes.get(request);
  if (!note) return;
  note.actorName = name;
  if (id !== undefined) note.actorId = id;
}

export function noteTarget(request: IncomingMessage, target: string): void {
  const note = notes.get(request);
  if (note) note.target = target;
}

/** Undefined for what no route took. */
export function auditNoteOf(request: IncomingMessage): AuditNote | undefined {
  return notes.get(request);
}

const names = new WeakMap<object, string>();

/** `MappingsController.removeAll` is `mappings.remove-all`. */
export function actionOf(context: ExecutionContext): string {
  const handler = context.getHandler();
  const known = names.get(handler);
  if (known !== undefined) return known;
  const kebab = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
  const action = `${kebab(context.getClass().name.replace(/Controller$/, ''))}.${kebab(handler.name)}`;
  names.set(handler, action);
  return action;
}
