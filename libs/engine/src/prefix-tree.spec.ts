import fc from 'fast-check';
import { stored } from '../../../test/support/random-mocks';
import { compileMock, type CatalogMock } from './catalog-mock';
import { PrefixTree } from './prefix-tree';

function mockAt(prefix: string, position = 0): CatalogMock {
  const reading = compileMock(stored({ id: `${prefix}#${position}`, position, mapping: {} }));
  if (!reading.ok) throw new Error(JSON.stringify(reading.mistakes));
  return reading.mock;
}

function foundBy(tree: PrefixTree, path: string): string[] {
  const found: CatalogMock[] = [];
  tree.visit(path, bucket => bucket.sample(100, found));
  return found.map(({ id }) => id.split('#')[0]!).sort();
}

const prefix = fc.string({ unit: fc.constantFrom('/', 'a', 'b'), maxLength: 6 });

describe('the tree of prefixes', () => {
  test('finds what a path begins with, whatever was added and removed before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), prefix), { maxLength: 60 }),
        fc.array(prefix, { maxLength: 20 }),
        (changes, paths) => {
          const tree = new PrefixTree();
          const known = new Map<string, CatalogMock>();
          for (const [isRemoval, text] of changes) {
            const mock = known.get(text);
            if (isRemoval && mock !== undefined) {
              tree.remove(text, mock);
              known.delete(text);
            } else if (!isRemoval && mock === undefined) {
              known.set(text, mockAt(text));
              tree.add(text, known.get(text)!);
            }
          }
          for (const path of paths)
            expect(foundBy(tree, path)).toEqual([...known.keys()].filter(text => path.startsWith(text)).sort());
          for (const [text, mock] of known) tree.remove(text, mock);
          expect(tree.isEmpty).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('keeps mocks of one prefix together', () => {
    const tree = new PrefixTree();
    const [older, newer] = [mockAt('/a', 1), mockAt('/a', 2)];
    tree.add('/a', older);
    tree.add('/a', newer);
    tree.remove('/a', older);
    expect(foundBy(tree, '/ab')).toEqual(['/a']);
  });

  test('a path is not cut once for each length that some prefix has', () => {
    const tree = new PrefixTree();
    const lengths = 4_000;
    for (let length = 1; length <= lengths; length++) tree.add(`/${'x'.repeat(length)}y`, mockAt(`/${length}`));
    const path = `/${'z'.repeat(8_000)}`;
    const found: unknown[] = [];
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      for (let i = 0; i < 1_000; i++) tree.visit(path, bucket => found.push(bucket));
      best = Math.min(best, performance.now() - start);
    }
    expect(found).toEqual([]);
    // Cutting the path 4,000 times, a thousand times over, costs hundreds of milliseconds; the tree stops at the second character.
    expect(best).toBeLessThan(50);
  });
});
