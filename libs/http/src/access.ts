import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';

/** Roles in a workspace, each including the ones before it; `admin` is of the whole server. */
export type AccessRole = 'viewer' | 'editor' | 'owner' | 'admin';
export type AccessRule = AccessRole | 'public';

const ACCESS = 'mock-server:access';

/** The least role a caller needs. Every route says this or `@Public()`: the guard denies what is silent. */
export const Access = (role: AccessRole): MethodDecorator & ClassDecorator => declareAccess(role);

/** Open to everyone, also when auth is on. */
export const Public = (): MethodDecorator & ClassDecorator => declareAccess('public');

function declareAccess(rule: AccessRule): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(ACCESS, rule), ApiExtension('x-access', rule));
}

type Target = Parameters<Reflector['getAllAndOverride']>[1][number];

/** What a route declared; the method wins over its class. Undefined: it declared nothing. */
export function accessOf(reflector: Reflector, handler: Target, controller: Target): AccessRule | undefined {
  return reflector.getAllAndOverride<AccessRule | undefined>(ACCESS, [handler, controller]);
}
