import { Database, run, sql } from '@mock-server/database';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { type Tokens } from './ai-provider';

/** Whose budget a generation is for. */
export interface Owner {
  readonly kind: 'workspace' | 'user';
  readonly id: string;
}

export interface OwnerUsage extends Owner, Tokens {
  readonly calls: number;
}

interface Entry {
  readonly owner: Owner;
  readonly day: string;
  input: number;
  output: number;
  calls: number;
}

const dayMs = 86_400_000;
const keptDays = 40;
const retryMs = 5_000;

/**
 * The tokens that generations have used, by day (UTC) and owner. The table is what all replicas share; while the database is away the
 * last that was read counts on, with what this replica has used since, and is written down later.
 */
@Injectable()
export class TokenUsage implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('TokenUsage');
  private readonly waiting = new Map<string, Entry>();
  private read: { readonly day: string; readonly rows: readonly OwnerUsage[] } = { day: '', rows: [] };
  private writing: Promise<void> | undefined;
  private sweptDay = '';
  private retry: NodeJS.Timeout | undefined;

  constructor(private readonly database: Database) {}

  onModuleInit(): void {
    this.database.onUp(() => this.write());
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.retry);
    await this.write();
  }

  /** Of today, by owner. Never rejects. */
  async today(now = Date.now()): Promise<readonly OwnerUsage[]> {
    const day = dayOf(now);
    try {
      await this.writing;
      const rows = await this.database.read(manager => readDay(manager, day));
      this.read = { day, rows };
    } catch {
      // the database tells about itself; what is known counts
    }
    const known = this.read.day === day ? this.read.rows : [];
    return merge([...known, ...[...this.waiting.values()].filter(entry => entry.day === day).map(viewOf)]);
  }

  /** Counts one call for each of its owners, and has it written down. */
  add(owners: readonly Owner[], { input, output }: Tokens, now = Date.now()): void {
    const day = dayOf(now);
    for (const owner of owners) {
      const key = `${day} ${keyOf(owner)}`;
      const entry = this.waiting.get(key) ?? { owner, day, input: 0, output: 0, calls: 0 };
      entry.input += input;
      entry.output += output;
      entry.calls++;
      this.waiting.set(key, entry);
    }
    void this.write();
  }

  private write(): Promise<void> {
    return (this.writing ??= this.writeAll().finally(() => (this.writing = undefined)));
  }

  /** What does not get through waits for the next time. */
  private async writeAll(): Promise<void> {
    while (this.waiting.size > 0 && this.database.isUp) {
      const entries = [...this.waiting.values()].map(entry => ({ ...entry })).sort(inOneOrder);
      try {
        await this.database.transaction(async manager => {
          for (const entry of entries) await upsert(manager, entry);
          await this.sweep(manager);
        });
      } catch (error) {
        this.logger.warn(`Used tokens cannot be written down now: ${String(error)}`);
        this.retry ??= setTimeout(() => {
          this.retry = undefined;
          void this.write();
        }, retryMs).unref();
        return;
      }
      for (const entry of entries) this.forget(entry);
    }
  }

  private forget({ day, owner, input, output, calls }: Entry): void {
    const key = `${day} ${keyOf(owner)}`;
    const left = this.waiting.get(key)!;
    left.input -= input;
    left.output -= output;
    left.calls -= calls;
    if (left.calls === 0) this.waiting.delete(key);
  }

  /** Once a day, and once a start: what nobody asks for any more. */
  private async sweep(manager: EntityManager): Promise<void> {
    const day = dayOf(Date.now());
    if (this.sweptDay === day) return;
    this.sweptDay = day;
    await run(manager, sql`DELETE FROM ai_usage WHERE day < ${dayOf(Date.now() - keptDays * dayMs)}`);
  }
}

/** Seconds until the next day begins, in UTC. */
export function secondsToMidnight(now = Date.now()): number {
  return Math.ceil((dayMs - (now % dayMs)) / 1_000);
}

/** `2026-11-26`, in UTC. */
export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

function keyOf({ kind, id }: Owner): string {
  return `${kind} ${id}`;
}

/** Replicas that write the same rows at once must not wait for each other in a ring. */
function inOneOrder(a: Entry, b: Entry): number {
  return `${a.day} ${keyOf(a.owner)}` < `${b.day} ${keyOf(b.owner)}` ? -1 : 1;
}

function viewOf({ owner, input, output, calls }: Entry): OwnerUsage {
  return { ...owner, input, output, calls };
}

async function readDay(manager: EntityManager, day: string): Promise<OwnerUsage[]> {
  const rows = await run<Record<'kind' | 'owner' | 'input_tokens' | 'output_tokens' | 'calls', string | number>>(
    manager,
    sql`SELECT kind, owner, input_tokens, output_tokens, calls FROM ai_usage WHERE day = ${day}`,
  );
  return rows.map(row => ({
    kind: row.kind as Owner['kind'],
    id: String(row.owner),
    input: Number(row.input_tokens),
    output: Number(row.output_tokens),
    calls: Number(row.calls),
  }));
}

async function upsert(manager: EntityManager, { day, owner, input, output, calls }: Entry): Promise<void> {
  await run(
    manager,
    sql`INSERT INTO ai_usage (day, kind, owner, input_tokens, output_tokens, calls)
        VALUES (${day}, ${owner.kind}, ${owner.id.slice(0, 254)}, ${input}, ${output}, ${calls})
        ON CONFLICT (day, kind, owner) DO UPDATE SET
          input_tokens = ai_usage.input_tokens + excluded.input_tokens,
          output_tokens = ai_usage.output_tokens + excluded.output_tokens,
          calls = ai_usage.calls + excluded.calls`,
  );
}

function merge(rows: readonly OwnerUsage[]): OwnerUsage[] {
  const merged = new Map<string, OwnerUsage>();
  for (const row of rows) {
    const { input = 0, output = 0, calls = 0 } = merged.get(keyOf(row)) ?? {};
    merged.set(keyOf(row), {
      ...row,
      input: row.input + input,
      output: row.output + output,
      calls: row.calls + calls,
    });
  }
  return [...merged.values()];
}
