import { hash } from 'node:crypto';
import { Database } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { Injectable } from '@nestjs/common';
import { In, LessThan, MoreThan } from 'typeorm';
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
        const window = { key, since: MoreThan(now - WINDOW_MS) };
        const { affected } = await manager.increment(SignInFailureEntity, window, 'failures', 1);
        if (affected === 0) await manager.upsert(SignInFailureEntity, { key, failures: 1, since: now }, ['key']);
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

function keysOf({ email, address }: Attempt): { readonly account: string; readonly address: string } {
  const digest = (text: string): string => hash('sha256', text, 'hex');
  return { account: `account ${digest(email)}`, address: `address ${digest(address)}` };
}
