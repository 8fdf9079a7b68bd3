import type { IncomingMessage } from 'node:http';
import { CONFIG, type Config } from '@mock-server/config';
import {
  accessOf,
  type AccessRole,
  ANYONE,
  type Caller,
  isAdmin,
  isAtLeast,
  NOBODY,
  Problem,
  roleIn,
  setCaller,
  workspaceParameterOf,
} from '@mock-server/http';
import {
  readAddress,
  unknownAddress,
  unknownWorkspace,
  type Workspace,
  WorkspaceDirectory,
} from '@mock-server/workspaces';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { actionOf, noteRoute, noteWorkspace } from './audit-note';
import { CallBudget } from './call-budget';
import { Callers } from './callers';
import { hasCredentialInQuery, readCredential } from './credentials';

interface AdminRequest {
  readonly method: string;
  readonly url: string;
  readonly raw: IncomingMessage;
  readonly params: Readonly<Record<string, string | undefined>>;
}

const CHALLENGE = { 'www-authenticate': 'Bearer realm="mock-server"' };

/** The one guard of all admin routes: what declares nothing is refused, and who is not known gets no further. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly callers: Callers,
    private readonly budget: CallBudget,
    private readonly workspaces: WorkspaceDirectory,
    @Inject(CONFIG) private readonly config: Pick<Config, 'auth'>,
  ) {}

  /** Not a promise where memory knows the answer. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = accessOf(this.reflector, context.getHandler(), context.getClass());
    const request = context.switchToHttp().getRequest<AdminRequest>();
    if (rule === undefined) throw new Problem('forbidden', { detail: 'This route does not say who may call it.' });
    noteRoute(request.raw, { action: actionOf(context), rule });
    setCaller(request.raw, this.config.auth === 'off' ? ANYONE : NOBODY);
    if (this.config.auth === 'off' || rule === 'public') return true;
    const caller = this.identify(request);
    if (caller instanceof Promise) return caller.then(known => this.admit(context, known, rule));
    return this.admit(context, caller, rule);
  }

  private identify(request: AdminRequest): Caller | undefined | Promise<Caller | undefined> {
    if (hasCredentialInQuery(request.url)) {
      throw new Problem('bad-request', {
        detail: 'A URL is no place for a token or a password: send it as Authorization: Bearer <token>.',
      });
    }
    const credential = readCredential(request.method, request.raw.headers);
    switch (credential.kind) {
      case 'none':
        throw new Problem('unauthorized', {
          detail: 'Sign in with POST /__admin/auth/sign-in, or send an API token: Authorization: Bearer <token>.',
          headers: CHALLENGE,
        });
      case 'unreadable':
        throw new Problem('unauthorized', { detail: credential.why, headers: CHALLENGE });
      case 'token':
        return this.callers.identify(credential.token);
    }
  }

  private admit(
    context: ExecutionContext,
    caller: Caller | undefined,
    rule: AccessRole | 'signed-in',
  ): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    if (caller === undefined) {
      throw new Problem('unauthorized', {
        detail: 'The token is not valid, or not any more: sign in again, or ask for a new API token.',
        headers: { 'www-authenticate': `${CHALLENGE['www-authenticate']}, error="invalid_token"` },
      });
    }
    setCaller(request.raw, caller);
    this.budget.spend(caller);
    if (rule === 'signed-in') return true;
    if (rule === 'admin') {
      if (isAdmin(caller)) return true;
      throw new Problem('forbidden', { detail: 'This takes an admin of the server.' });
    }
    return this.admitToWorkspace(request, caller, {
      rule,
      parameter: workspaceParameterOf(this.reflector, context.getHandler(), context.getClass()),
    });
  }

  private admitToWorkspace(
    request: AdminRequest,
    caller: Caller,
    { rule, parameter }: { readonly rule: AccessRole; readonly parameter: string | undefined },
  ): boolean | Promise<boolean> {
    const slug = parameter === undefined ? undefined : (request.params[parameter] ?? '');
    const find = (): Workspace | undefined =>
      slug === undefined ? this.workspaces.locate(readAddress(request.raw)) : this.workspaces.bySlug(slug);
    const decide = (workspace: Workspace | undefined): boolean => {
      if (workspace === undefined && !this.workspaces.isLoaded) {
        throw new Problem('database-unavailable', {
          detail: 'The workspaces could not be read yet. Try again in a few seconds.',
        });
      }
      const role = workspace === undefined ? undefined : roleIn(caller, workspace.id);
      if (workspace !== undefined) noteWorkspace(request.raw, workspace);
      if (isAtLeast(role, rule)) return true;
      // No role: not even that the workspace exists is theirs to know.
      if (role === undefined) throw slug === undefined ? unknownAddress() : unknownWorkspace(slug);
      throw new Problem('forbidden', { detail: `This takes the role ${rule} in the workspace; yours is ${role}.` });
    };
    const workspace = find();
    // Another replica may have made it a moment ago.
    return workspace === undefined ? this.workspaces.refresh().then(() => decide(find())) : decide(workspace);
  }
}
