import { sql } from './sql';

describe('a statement', () => {
  const render = (statement: ReturnType<typeof sql>): [string, unknown[]] => {
    const values: unknown[] = [];
    const text = statement.render(value => `$${values.push(value)}`);
    return [text, values];
  };

  it('has its values apart from its text, whatever they say', () => {
    expect(render(sql`SELECT ${"'; DROP TABLE mocks; --"} WHERE a = ${1}`)).toEqual([
      'SELECT $1 WHERE a = $2',
      ["'; DROP TABLE mocks; --", 1],
    ]);
  });

  it('has a mark for each value of a list, and takes pieces in their place', () => {
    const condition = sql`AND id IN (${['a', 'b']})`;
    expect(render(sql`SELECT ${0} ${condition} ${sql``} LIMIT ${5}`)).toEqual([
      'SELECT $1 AND id IN ($2, $3)  LIMIT $4',
      [0, 'a', 'b', 5],
    ]);
  });
});
