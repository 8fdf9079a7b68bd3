import fc from 'fast-check';
import { compileJsonEquality, type JsonEqualityOptions } from './json-equality';

const strict: JsonEqualityOptions = { ignoreArrayOrder: false, ignoreExtraElements: false };
const anyOrder = { ...strict, ignoreArrayOrder: true };
const withExtras = { ...strict, ignoreExtraElements: true };
const lenient = { ignoreArrayOrder: true, ignoreExtraElements: true };

function equals(expected: unknown, given: unknown, options = strict): boolean {
  const compiled = compileJsonEquality(expected, options);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.equals(given);
}

const any = '${json-unit.ignore}';
const text = '${json-unit.any-string}';

describe('lists in any order', () => {
  test.each<[unknown[], unknown[], boolean]>([
    [[1, 2, 3], [3, 1, 2], true],
    [[1, 1, 2], [1, 2, 2], false],
    [[], [], true],
    [[], [1], false],
    // The first expected element takes what only the second could have: it has to give it back.
    [[any, 1], [1, 2], true],
    [[text, 'a'], ['a', 'b'], true],
    [[any, text, 'a'], ['a', 'b', 3], true],
    [[any, any, any, 1, 2, 3], [1, 2, 3, 4, 5, 6], true],
    [[text, text, 1], ['a', 1, 2], false],
    [[{ a: any }, { a: 1 }], [{ a: 1 }, { a: 2 }], true],
    [[[1, 2], [3]], [[3], [2, 1]], true],
  ])('%j and %j: %s', (expected, given, isEqual) => {
    expect(equals(expected, given, anyOrder)).toBe(isEqual);
  });

  test('leave out what is too many, when extra elements are ignored', () => {
    expect(equals([any, 1], [2, 3, 1], lenient)).toBe(true);
    expect(equals([1, 1], [2, 3, 1], lenient)).toBe(false);
  });

  test('pair whenever a pairing exists', () => {
    const element = fc.constantFrom<unknown>(1, 2, 'a', 'b', any, text);
    fc.assert(
      fc.property(
        fc.array(element, { maxLength: 5 }),
        fc.array(fc.constantFrom(1, 2, 'a', 'b'), { maxLength: 5 }),
        (expected, given) => {
          const wanted = permutations(given).some(one => equals(expected, one));
          expect(equals(expected, given, anyOrder)).toBe(wanted);
        },
      ),
    );
  });

  test('too many to pair in good time are not equal', () => {
    const long = Array.from({ length: 1_000 }, (_, i) => i);
    expect(equals(long, [...long].reverse(), anyOrder)).toBe(false);
    expect(equals(long, long)).toBe(true);
  });
});

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length === 0) return [[]];
  return list.flatMap((first, i) => permutations(list.filter((_, j) => j !== i)).map(rest => [first, ...rest]));
}

describe('objects', () => {
  test.each<[unknown, unknown, JsonEqualityOptions, boolean]>([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, strict, true],
    [{ a: 1 }, { a: 1, b: 2 }, strict, false],
    [{ a: 1 }, { a: 1, b: 2 }, withExtras, true],
    [{ a: { b: 1 } }, { a: { b: 1, c: 2 } }, withExtras, true],
    [{ a: null }, {}, withExtras, false],
    [{ a: any }, {}, strict, false],
    [{ a: '${json-unit.ignore-element}' }, {}, strict, true],
    [{}, [], lenient, false],
    [[], {}, lenient, false],
    [{}, null, lenient, false],
    [{ toString: 1 }, {}, lenient, false],
    [JSON.parse('{"__proto__":1}'), {}, lenient, false],
  ])('%j and %j', (expected, given, options, isEqual) => {
    expect(equals(expected, given, options)).toBe(isEqual);
  });
});

describe('placeholders', () => {
  test.each<[string, unknown, boolean]>([
    [any, null, true],
    [text, '', true],
    [text, 1, false],
    ['${json-unit.any-number}', 0, true],
    ['${json-unit.any-number}', '0', false],
    ['${json-unit.any-boolean}', false, true],
    ['${json-unit.any-boolean}', 0, false],
    ['${json-unit.regex}a+', 'aa', true],
    ['${json-unit.regex}a+', 'aab', false],
    ['${json-unit.regex}1', 1, false],
    ['${json-unit.toString}', '${json-unit.toString}', true],
    ['${json-unit.unknown}x', 'x', false],
  ])('%s takes %j: %s', (expected, given, isEqual) => {
    expect(equals({ v: expected }, { v: given })).toBe(isEqual);
  });

  test('a pattern that is wrong is refused', () => {
    expect(compileJsonEquality(['${json-unit.regex}('], strict).ok).toBe(false);
  });
});

test('JSON equals itself, and what it requires is in it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), value => {
      const again: unknown = JSON.parse(JSON.stringify(value));
      for (const options of [strict, anyOrder, withExtras, lenient]) expect(equals(again, again, options)).toBe(true);
    }),
  );
});
