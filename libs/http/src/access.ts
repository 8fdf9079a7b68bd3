import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { ApiBasicAuth, ApiBearerAuth, ApiExtension, ApiSecurity } from '@nestjs/swagger';

/** Roles in a workspace, each including the ones before it; `admin` is of the whole server. */
export const ACCESS_ROLES = ['viewer', 'editor', 'owner', 'admin'] as const;
export type AccessRole = (typeof ACCESS_ROLES)[number];
/** `signed-in`: whoever has signed in or sends a token, whatever the role and the workspace. */
export type AccessRule = AccessRole | 'signed-in' | 'public';

const ACCESS = 'mock-server:access';
const WORKSPACE_PARAMETER = 'mock-server:workspace-parameter';

interface AccessOptions {
  /** The path parameter that holds the workspace's slug; else the request addresses it by prefix, header or host. */
  readonly of?: string;
}

/** The least role a caller needs. Every route says this, `@SignedIn()` or `@Public()`: the guard denies what is silent. */
export const Access = (role: AccessRole, { of }: AccessOptions = {}): MethodDecorator & ClassDecorator =>
  applyDecorators(declareAccess(role), ...(of === undefined ? [] : [SetMetadata(WORKSPACE_PARAMETER, of)]));

/** For everyone who has signed in. */
export const SignedIn = (): MethodDecorator & ClassDecorator => declareAccess('signed-in');

/** Open to everyone, also when auth is on. */
export const Public = (): MethodDecorator & ClassDecorator => declareAccess('public');

function declareAccess(rule: AccessRule): MethodDecorator & ClassDecorator {
  // An empty requirement tells readers of the API document that this one route needs no credentials.
  const security = rule === 'public' ? [ApiSecurity({})] : [ApiBearerAuth('bearer'), ApiBasicAuth('basic')];
  return applyDecorators(SetMetadata(ACCESS, rule), ApiExtension('x-access', rule), ...security);
}

type Target = Parameters<Reflector['getAllAndOverride']>[1][number];

/** What a route declared; the method wins over its class. Undefined: it declared nothing. */
export function accessOf(reflector: Reflector, handler: Target, controller: Target): AccessRule | undefined {
  return reflector.getAllAndOverride<AccessRule | undefined>(ACCESS, [handler, controller]);
}

export function workspaceParameterOf(reflector: Reflector, handler: Target, controller: Target): string | undefined {
  return reflector.getAllAndOverride<string | undefined>(WORKSPACE_PARAMETER, [handler, controller]);
}

/** Whether a role is at least another; no role is less than any. */
export function isAtLeast(role: AccessRole | undefined, wanted: AccessRole): boolean {
  return role !== undefined && ACCESS_ROLES.indexOf(role) >= ACCESS_ROLES.indexOf(wanted);
}
