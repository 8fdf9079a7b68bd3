import type { EntityManager } from 'typeorm';
import { keepPrepared } from './prepared-statements';

type Single = string | number | boolean | null;
type Value = Single | readonly Single[] | Sql;

/** A piece of SQL with its values apart: what TypeORM's builders cannot say, in words that both dialects understand. */
export class Sql {
  constructor(
    private readonly strings: readonly string[],
    private readonly values: readonly Value[],
    readonly isPrepared = false,
  ) {}

  /**
   * For a statement that is asked all day and finds its rows by their key: PostgreSQL keeps it parsed and planned on each connection. One whose
   * best plan depends on its values, or on how many rows there are, is better planned each time. SQLite keeps all.
   */
  prepared(): Sql {
    return new Sql(this.strings, this.values, true);
  }

  /** The text with its marks; the values are added to `parameters`. A list becomes a mark for each, divided by commas. */
  render(mark: (value: unknown) => string): string {
    const parts = this.values.map(value => {
      if (value instanceof Sql) return value.render(mark);
      return typeof value === 'object' && value !== null ? value.map(mark).join(', ') : mark(value);
    });
    return this.strings.map((text, i) => text + (parts[i] ?? '')).join('');
  }
}

/** `` sql`SELECT id FROM mocks WHERE id IN (${ids})` ``: values become parameters, never text. Pieces may be nested. */
export function sql(strings: TemplateStringsArray, ...values: readonly Value[]): Sql {
  return new Sql(strings, values);
}

/** Runs a statement; the rows that it gives, as the driver gives them: what is bigint is text on PostgreSQL. */
export async function run<Row>(manager: EntityManager, statement: Sql): Promise<Row[]> {
  const isPostgres = manager.connection.options.type === 'postgres';
  const parameters: unknown[] = [];
  const text = statement.render(value => {
    parameters.push(typeof value === 'boolean' && !isPostgres ? Number(value) : value);
    return isPostgres ? `$${parameters.length}` : '?';
  });
  if (isPostgres && statement.isPrepared) keepPrepared(text);
  const result = await manager.query<Row[] | readonly [Row[], number]>(text, parameters);
  // TypeORM gives the rows of an UPDATE or DELETE on PostgreSQL with their number.
  return Array.isArray(result[0]) ? result[0] : (result as Row[]);
}

/** What a transaction does not wait for before its end, by its manager. */
const underWay = new WeakMap<EntityManager, Promise<unknown>[]>();

/**
 * Runs a statement of a transaction in its turn, without an answer: what fails shows when the transaction ends, and takes all of it back. On
 * PostgreSQL such statements cost no round trip: they go with the next that is waited for, or with COMMIT.
 */
export function runLater(manager: EntityManager, statement: Sql): void {
  const running = run(manager, statement);
  running.catch(() => undefined);
  const others = underWay.get(manager);
  if (others === undefined) underWay.set(manager, [running]);
  else others.push(running);
}

/** Resolves when all that {@link runLater} sent in the transaction is done; rejects with the first that failed. */
export async function settle(manager: EntityManager): Promise<void> {
  const all = underWay.get(manager) ?? [];
  underWay.delete(manager);
  await Promise.all(all);
}
