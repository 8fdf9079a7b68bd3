import { CONFIG, type Config } from '@mock-server/config';
import { Database } from '@mock-server/database';
import { type Caller, isAdmin, Problem, roleIn } from '@mock-server/http';
import { WorkspaceDirectory } from '@mock-server/workspaces';
import { Inject, Injectable } from '@nestjs/common';
import { AccessRevision } from './access-revision';
import { FirstAdmin } from './first-admin';
import { SignInEntity } from './sign-in.entity';

type UserCaller = Extract<Caller, { kind: 'user' }>;

/** What callers may know of themselves. */
@Injectable()
export class Identity {
  constructor(
    private readonly database: Database,
    private readonly revision: AccessRevision,
    private readonly firstAdmin: FirstAdmin,
    private readonly workspaces: WorkspaceDirectory,
    @Inject(CONFIG) private readonly config: Pick<Config, 'auth' | 'signIn'>,
  ) {}

  async options(): Promise<object> {
    const { auth, signIn } = this.config;
    return {
      auth,
      needsSetup: auth === 'on' && (await this.firstAdmin.needsSetup()),
      oidc: signIn?.oidc !== undefined,
    };
  }

  describe(caller: Caller): object {
    const roles = this.workspaces.all().map(({ id, slug }) => ({ slug, role: roleIn(caller, id) }));
    const workspaces = roles.filter(({ role }) => role !== undefined).sort((a, b) => (a.slug < b.slug ? -1 : 1));
    const { kind } = caller;
    const who = kind === 'user' ? { id: caller.id, email: caller.email, name: caller.name } : {};
    const which = kind === 'token' ? { id: caller.id, name: caller.name } : {};
    return { kind, ...who, ...which, isAdmin: isAdmin(caller), workspaces };
  }

  async signIns({ id: userId, signInId }: UserCaller): Promise<object> {
    const rows = await this.database.read(manager =>
      manager.find(SignInEntity, { where: { userId }, order: { refreshedAt: 'DESC' } }),
    );
    const signIns = rows.map(({ id, createdAt, refreshedAt, expiresAt, address, client }) => ({
      id,
      createdAt: new Date(createdAt).toISOString(),
      refreshedAt: new Date(refreshedAt).toISOString(),
      expiresAt: new Date(expiresAt).toISOString(),
      address,
      client,
      isCurrent: id === signInId,
    }));
    return { signIns };
  }

  async endSignIn({ id: userId }: UserCaller, id: string): Promise<void> {
    const { affected } = await this.revision.change(manager => manager.delete(SignInEntity, { id, userId }));
    if (affected === 0)
      throw new Problem('not-found', { detail: 'You have no such sign-in. GET /__admin/auth/sign-ins lists them.' });
  }
}
