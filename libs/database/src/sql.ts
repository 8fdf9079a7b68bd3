import type { EntityManager } from 'typeorm';

type Value = string | number | boolean | null | readonly (string | number)[] | Sql;

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
