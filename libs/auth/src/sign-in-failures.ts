import { hash } from 'node:crypto';
import { Database } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In, LessThan, LessThanOrEqual, MoreThan } from 'typeorm';
import { SignInFailureEntity } from './sign-in-failure.entity';

const WINDOW_MS = 15 * 60_000;
/** An office shares one address; an account has one owner. */
const MOST = { account: 10, address: 100 } as const;

interface Attempt {
  readonly email: string;
  readonly address: string;
}

/**
 * Locks an account, or an address, after too many failed sign-ins, for the rest of their quarter of an hour. An email
 * that nobody has is counted and locked in the same way, so the answer does not tell whether it exists.
 */
@Injectable()
export class SignInFailures {
  constructor(private readonly database: Database) {}

  async refuseLocked(attempt: Attempt): Promise<void> {
    const keys = keysOf(attempt);
    const rows = await this.database.read(manager =>
      manager.findBy(SignInFailureEntity, { key: In(Object.values(keys)), since: MoreThan(Date.now() - WINDOW_MS) }),
    );
    const locked = rows.filter(({ key, failures }) => failures >= (key === keys.account ? MOST.account : MOST.address));
    if (locked.length === 0) return;
    const until = Math.max(...locked.map(({ since }) => since)) + WINDOW_MS;
    const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1_000));
    throw new Problem('too-many-requests', {
      detail: `Too many sign-ins failed. Try again in ${Math.ceil(seconds / 60)} minutes, or ask an admin for a password link.`,
      headers: { 'retry-after': String(seconds) },
    });
  }

  async note(attempt: Attempt): Promise<void> {
    const now = Date.now();
    await this.database.transaction(async manager => {
      for (const key of Object.values(keysOf(attempt))) {
        // A row is there before it is counted up: of two first failures side by side, none is lost.
        await insertIfMissing(manager, { key, failures: 0, since: now });
        await manager.update(
          SignInFailureEntity,
          { key, since: LessThanOrEqual(now - WINDOW_MS) },
          { failures: 0, since: now },
        );
        await manager.increment(SignInFailureEntity, { key }, 'failures', 1);
      }
    });
  }

  /** The account only: one good sign-in does not excuse the others from that address. */
  async forgive({ email }: Pick<Attempt, 'email'>): Promise<void> {
    const { account } = keysOf({ email, address: '' });
    const has = await this.database.read(manager => manager.existsBy(SignInFailureEntity, { key: account }));
    if (has) await this.database.transaction(manager => manager.delete(SignInFailureEntity, { key: account }));
  }

  async sweep(): Promise<void> {
    await this.database.transaction(manager =>
      manager.delete(SignInFailureEntity, { since: LessThan(Date.now() - WINDOW_MS) }),
    );
  }
}

async function insertIfMissing(manager: EntityManager, row: SignInFailureEntity): Promise<void> {
  await manager.createQueryBuilder().insert().into(SignInFailureEntity).values(row).orIgnore().execute();
}

function keysOf({ email, address }: Attempt): { readonly account: string; readonly address: string } {
  const digest = (text: string): string => hash('sha256', text, 'hex');
  return { account: `account ${digest(email)}`, address: `address ${digest(address)}` };
}
