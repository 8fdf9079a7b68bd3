import { randomUUID } from 'node:crypto';
import { CONFIG, type Config } from '@mock-server/config';
import { Database } from '@mock-server/database';
import { Problem, type WorkspaceRole } from '@mock-server/http';
import { Inject, Injectable } from '@nestjs/common';
import { LessThan, type EntityManager } from 'typeorm';
import { consoleUrl } from './console-url';
import { OneTimeLinkEntity } from './one-time-link.entity';
import { hashSecret, newSecret } from './secrets';

const DAY_MS = 86_400_000;
const VALID_MS = { setup: DAY_MS, invitation: 7 * DAY_MS, password: DAY_MS } as const;
const MAX_OPEN = 10_000;

export interface NewLink {
  readonly purpose: OneTimeLinkEntity['purpose'];
  readonly createdBy: string;
  readonly email?: string | undefined;
  readonly userId?: string;
  readonly workspaceId?: string;
  readonly role?: WorkspaceRole;
  readonly isAdmin?: boolean;
}

/** Shown once: only the hash of the secret in it is kept. */
export interface MadeLink {
  readonly id: string;
  readonly url: string;
  readonly token: string;
  readonly expiresAt: string;
}

/** Links with a secret in them, for somebody who cannot sign in yet. The secret stands behind `#`: no server is sent it. */
@Injectable()
export class OneTimeLinks {
  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl' | 'host' | 'webUiPort'>,
  ) {}

  async make(link: NewLink): Promise<MadeLink> {
    const token = newSecret();
    const now = Date.now();
    const entity: OneTimeLinkEntity = {
      id: randomUUID(),
      purpose: link.purpose,
      hash: hashSecret(token),
      email: link.email ?? null,
      userId: link.userId ?? null,
      workspaceId: link.workspaceId ?? null,
      role: link.role ?? null,
      isAdmin: link.isAdmin ?? false,
      createdBy: link.createdBy,
      createdAt: now,
      expiresAt: now + VALID_MS[link.purpose],
    };
    await this.database.transaction(async manager => {
      await manager.delete(OneTimeLinkEntity, { expiresAt: LessThan(now) });
      if ((await manager.count(OneTimeLinkEntity)) >= MAX_OPEN) {
        throw new Problem('conflict', { detail: `${MAX_OPEN} links are open already: revoke some first.` });
      }
      await manager.insert(OneTimeLinkEntity, entity);
    });
    const url = `${consoleUrl(this.config)}/#/${link.purpose}/${token}`;
    return { id: entity.id, url, token, expiresAt: new Date(entity.expiresAt).toISOString() };
  }

  /** Throws 'link-unusable' when there is none, or its time is over. */
  async read(token: string): Promise<OneTimeLinkEntity> {
    const link = await this.database.read(manager => manager.findOneBy(OneTimeLinkEntity, { hash: hashSecret(token) }));
    if (link === null || link.expiresAt <= Date.now()) throw unusable();
    return link;
  }

  async sweep(): Promise<void> {
    await this.database.transaction(manager => manager.delete(OneTimeLinkEntity, { expiresAt: LessThan(Date.now()) }));
  }
}

/** Of all who use a link at once, the one that takes its row away goes on. */
export async function useUp(manager: EntityManager, { id }: OneTimeLinkEntity): Promise<void> {
  const { affected } = await manager.delete(OneTimeLinkEntity, { id });
  if (affected !== 1) throw unusable();
}

export function unusable(): Problem {
  return new Problem('link-unusable', {
    detail: 'The link was used, revoked, or is too old. Ask whoever sent it for a new one.',
  });
}
