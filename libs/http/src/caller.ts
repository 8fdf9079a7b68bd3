import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { AccessRole } from './access';

export const WORKSPACE_ROLES = ['viewer', 'editor', 'owner'] as const;
export type WorkspaceRole = (typeof WORKSPACE_ROLES)[number];

/** Who makes a request. The guard says it once; whoever needs it later asks {@link callerOf}. */
export type Caller =
  /** AUTH=off: whoever reaches the server may do everything. */
  | { readonly kind: 'anyone' }
  /** AUTH=on, on a public route. */
  | { readonly kind: 'nobody' }
  | {
      readonly kind: 'user';
      readonly id: string;
      readonly email: string;
      readonly name: string;
      readonly isAdmin: boolean;
      /** By workspace id. */
      readonly roles: ReadonlyMap<string, WorkspaceRole>;
      readonly signInId: string;
    }
  | {
      readonly kind: 'token';
      readonly id: string;
      readonly name: string;
      readonly workspaceId: string;
      readonly role: WorkspaceRole;
    };

export const ANYONE: Caller = { kind: 'anyone' };
export const NOBODY: Caller = { kind: 'nobody' };

const callers = new WeakMap<IncomingMessage, Caller>();

export function setCaller(request: IncomingMessage, caller: Caller): void {
  callers.set(request, caller);
}

/** Undefined before the guard has looked. */
export function callerOf(request: IncomingMessage): Caller | undefined {
  return callers.get(request);
}

/** What a caller may do in a workspace; undefined: nothing, not even know that it exists. */
export function roleIn(caller: Caller, workspaceId: string): AccessRole | undefined {
  switch (caller.kind) {
    case 'anyone':
      return 'admin';
    case 'nobody':
      return undefined;
    case 'user':
      return caller.isAdmin ? 'admin' : caller.roles.get(workspaceId);
    case 'token':
      return caller.workspaceId === workspaceId ? caller.role : undefined;
  }
}

export function isAdmin(caller: Caller): boolean {
  return caller.kind === 'anyone' || (caller.kind === 'user' && caller.isAdmin);
}

/** How an author is named in history and audit. */
export function nameOf(caller: Caller): string {
  switch (caller.kind) {
    case 'anyone':
    case 'nobody':
      return caller.kind;
    case 'user':
      return caller.email;
    case 'token':
      return `token ${caller.name}`;
  }
}

/** Controller parameter `@CalledBy() caller: Caller`. In an app without libs/auth, as in specs: anyone. */
export const CalledBy = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Caller =>
    callerOf(context.switchToHttp().getRequest<{ raw: IncomingMessage }>().raw) ?? ANYONE,
);
