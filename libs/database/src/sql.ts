import type { EntityManager } from 'typeorm';

type Single = string | number | boolean | null;
type Value = Single | readonly Single[] | Sql;

/** A piece of SQL with its values apart: what TypeORM's builders cannot say, in words that both dialects understand. */
export class Sql {
  constructor(
    private readonly strings: readonly string[],
    private readonly values: readonly Value[],
  ) {}

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
  awaitAtEnd(manager, run(manager, statement));
}

/** The same for a statement that was sent in another way. */
export function awaitAtEnd(manager: EntityManager, running: Promise<unknown>): void {
  running.catch(() => undefined);
  const others = underWay.get(manager);
  if (others === undefined) underWay.set(manager, [running]);
  else others.push(running);
}

/** Resolves when all that {@link awaitAtEnd} took in the transaction is done; rejects with the first that failed. */
export async function settle(manager: EntityManager): Promise<void> {
  const all = underWay.get(manager) ?? [];
  underWay.delete(manager);
  await Promise.all(all);
}
