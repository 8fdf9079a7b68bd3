import { compareMocks, type CatalogMock } from './catalog-mock';
import { engineHost } from './engine-host';

/**
 * Draws one of the mocks that are as good as `first`, by weight: those of its priority that have a weight and that `test` takes.
 * They are counted in WireMock's order, so that the same chance draws the same mock on every replica.
 */
export function drawByWeight(
  first: CatalogMock,
  lists: readonly (readonly CatalogMock[])[],
  test: (mock: CatalogMock) => boolean,
): CatalogMock {
  const equals = lists
    .flat()
    .filter(mock => mock.weight !== undefined && mock.priority === first.priority && (mock === first || test(mock)))
    .sort(compareMocks);
  const total = equals.reduce((sum, mock) => sum + mock.weight!, 0);
  let left = engineHost().random() * total;
  for (const mock of equals) {
    left -= mock.weight!;
    if (left < 0) return mock;
  }
  return first;
}
