import { diffJson } from './json-diff';

describe('the difference of two JSON values', () => {
  it.each([
    ['equal values', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    ['a changed leaf', { a: { b: 1 } }, { a: { b: 2 } }, [{ pointer: '/a/b', before: 1, after: 2 }]],
    ['an added key', { a: 1 }, { a: 1, b: { c: 2 } }, [{ pointer: '/b', after: { c: 2 } }]],
    ['a removed key', { a: 1, b: null }, { a: 1 }, [{ pointer: '/b', before: null }]],
    ['a longer list', [1], [1, 2], [{ pointer: '/1', after: 2 }]],
    ['another kind', { a: [] }, { a: {} }, [{ pointer: '/a', before: [], after: {} }]],
    ['keys that need escapes', { 'a/b~c': 1 }, { 'a/b~c': 2 }, [{ pointer: '/a~1b~0c', before: 1, after: 2 }]],
    ['a key of every object', JSON.parse('{"__proto__":1}'), {}, [{ pointer: '/__proto__', before: 1 }]],
    ['the order of keys alone', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    ['nothing and something', undefined, { a: 1 }, [{ pointer: '', after: { a: 1 } }]],
  ])('%s', (_, before: unknown, after: unknown, changes) => {
    expect(diffJson(before, after)).toEqual({ changes, isCut: false });
  });

  it('stops at the limit and says so', () => {
    const values = (value: number): number[] => Array<number>(10).fill(value);
    const { changes, isCut } = diffJson(values(1), values(2), 3);
    expect([changes.map(({ pointer }) => pointer), isCut]).toEqual([['/0', '/1', '/2'], true]);
  });

  it('takes a document as deep as one can be', () => {
    const deep = (leaf: number): unknown => {
      let value: unknown = leaf;
      for (let i = 0; i < 50_000; i++) value = [value];
      return value;
    };
    expect(diffJson(deep(1), deep(2)).changes).toMatchObject([{ before: 1, after: 2 }]);
  });
});
