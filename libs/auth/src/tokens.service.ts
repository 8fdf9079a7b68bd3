import { randomUUID } from 'node:crypto';
import { Database } from '@mock-server/database';
import { type Caller, isAtLeast, nameOf, Problem, roleIn } from '@mock-server/http';
import type { Workspace } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { AccessRevision } from './access-revision';
import { ApiTokenEntity } from './api-token.entity';
import { API_TOKEN_PREFIX, hashSecret, newSecret } from './secrets';
import { TokenUse } from './token-use';
import type { NewToken, TokenView } from './user-schemas';

const DAY_MS = 86_400_000;
const HINT_LENGTH = 10;
const MAX_TOKENS = 1_000;

/** API tokens of a workspace. They belong to it, not to whoever made them, and go on when that user leaves. */
@Injectable()
export class TokensService {
  constructor(
    private readonly database: Database,
    private readonly revision: AccessRevision,
    private readonly uses: TokenUse,
  ) {}

  async list({ id: workspaceId }: Workspace): Promise<{ tokens: TokenView[] }> {
    const rows = await this.database.read(manager =>
      manager.find(ApiTokenEntity, { where: { workspaceId }, order: { createdAt: 'DESC' } }),
    );
    return { tokens: rows.map(row => this.view(row)) };
  }

  async make(
    workspace: Workspace,
    { name, role, expiresInDays }: NewToken,
    caller: Caller,
  ): Promise<TokenView & { token: string }> {
    if (!isAtLeast(roleIn(caller, workspace.id), role)) {
      throw new Problem('forbidden', { detail: `You cannot give a token the role ${role}: it is more than your own.` });
    }
    const token = `${API_TOKEN_PREFIX}${newSecret()}`;
    const now = Date.now();
    const entity: ApiTokenEntity = {
      id: randomUUID(),
      workspaceId: workspace.id,
      name,
      role,
      hash: hashSecret(token),
      hint: token.slice(0, HINT_LENGTH),
      createdBy: nameOf(caller).slice(0, 254),
      createdAt: now,
      expiresAt: expiresInDays === null ? null : now + expiresInDays * DAY_MS,
      lastUsedAt: null,
    };
    await this.database.transaction(async manager => {
      if ((await manager.countBy(ApiTokenEntity, { workspaceId: workspace.id })) >= MAX_TOKENS) {
        throw new Problem('conflict', { detail: `The workspace has ${MAX_TOKENS} tokens already: revoke some first.` });
      }
      await manager.insert(ApiTokenEntity, entity);
    });
    return { ...this.view(entity), token };
  }

  async revoke({ id: workspaceId }: Workspace, id: string): Promise<void> {
    const { affected } = await this.revision.change(manager => manager.delete(ApiTokenEntity, { id, workspaceId }));
    if (affected === 0) {
      throw new Problem('token-not-found', {
        detail: 'The workspace has no such token. GET /__admin/tokens lists them.',
      });
    }
  }

  private view({ id, name, role, hint, createdBy, createdAt, expiresAt, lastUsedAt }: ApiTokenEntity): TokenView {
    const lastUse = this.uses.lastUse(id) ?? lastUsedAt;
    return {
      id,
      name,
      role,
      hint,
      createdBy,
      createdAt: new Date(createdAt).toISOString(),
      expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
      lastUsedAt: lastUse === null ? null : new Date(lastUse).toISOString(),
    };
  }
}
