import fc from 'fast-check';
import { parseAdminJson } from './admin-json';
import { findJsonMistake } from './json-error';
import { Problem } from './problem';

const parse = (text: string, maxDepth?: number): unknown => parseAdminJson(Buffer.from(text), maxDepth);

function refusalOf(text: string): Problem {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('It was accepted');
}

describe('JSON of the admin API', () => {
  it.each([
    ['{"a":1,}', 1, 7, "comma before '}'"],
    ['[1,2,]', 1, 5, "comma before ']'"],
    ['{"a":1 "b":2}', 1, 8, "',' or '}'"],
    ["{'a':1}", 1, 2, 'single quote'],
    ['{"a":NaN}', 1, 6, "'NaN'"],
    ['{\n  // note\n  "a":1}', 2, 3, 'Comments'],
    ['{"a":', 1, 6, 'ends'],
    ['{"a":"x', 1, 6, 'never closed'],
    ['{"a":"\\x"}', 1, 7, 'escape'],
    ['"a\tb"', 1, 3, 'control character'],
    ['', 1, 1, 'ends'],
    ['01', 1, 1, 'Expected a value'],
    ['1 2', 1, 3, 'More text'],
    ['[1}', 1, 3, "',' or ']'"],
    ['{"a":1.}', 1, 6, "'1.'"],
  ])('%j is refused at line %i, column %i', (text, line, column, words) => {
    const problem = refusalOf(text);
    expect(problem.problem).toBe('invalid-json');
    expect(problem.extras).toEqual({ line, column });
    expect(problem.detail).toContain(words);
  });

  it.each([
    ['{"__proto__":{"role":"admin"}}', '/'],
    ['{"a":[{"\\u005f_proto__":1}]}', '/a/0'],
    ['{"a":{"constructor":{"prototype":{}}}}', '/a'],
    ['{"a":["x\\u0000"]}', '/a'],
    ['{"a\\u0000":1}', '/'],
    ['"\\ud800"', '/'],
    ['{"a":"\\udc00x"}', '/'],
  ])('%s is refused at %s', (text, place) => {
    const problem = refusalOf(text);
    expect(problem.problem).toBe('bad-request');
    expect(problem.detail).toContain(`'${place}'`);
    expect(({} as { role?: string }).role).toBeUndefined();
  });

  it.each([
    ['{"constructor":"Ferrari"}', { constructor: 'Ferrari' }],
    ['{"constructor":{"name":"x"}}', { constructor: { name: 'x' } }],
    ['{"a":1,"a":2}', { a: 2 }],
    ['"\\ud83d\\ude00"', '😀'],
    ['\ufeff{}', {}],
    ['null', null],
  ])('%s is accepted', (text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it('may be nested as deep as the limit and no deeper', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(parse(nested(200))).toBeDefined();
    expect(() => parse(nested(201))).toThrow(/deeper than 200/);
    expect(() => parse(nested(200_000))).toThrow(/deeper than 200/);
    expect(() => parse(nested(4), 3)).toThrow(/deeper than 3/);
  });

  it('finds the mistake in megabytes without overflowing', () => {
    expect(findJsonMistake(`["${'x'.repeat(5_000_000)}",}`)?.column).toBe(5_000_005);
    expect(findJsonMistake('['.repeat(300_000))?.message).toContain('ends');
  });

  it('finds a mistake exactly where JSON.parse does', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '{', ']', '\\', 'e', '\n', '-', ':'))
      .map(
        ([text, at, junk]) => text.slice(0, at % (text.length + 1)) + junk + text.slice((at % (text.length + 1)) + 1),
      );
    fc.assert(
      fc.property(damaged, text => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(findJsonMistake(text) === undefined).toBe(isJson);
      }),
      { numRuns: 2000 },
    );
  });
});
