import { breathe } from '@mock-server/database';
import { type Catalog, type CatalogChange, type CatalogProblem } from '@mock-server/engine';

/** Work on so many mocks at a time takes a few milliseconds; traffic is answered in between. */
export const sliceSize = 250;

/** Applies a change in slices. A small one is applied at once, without awaiting. */
export async function applyInSlices(catalog: Catalog, { upserts, removals }: CatalogChange): Promise<CatalogProblem[]> {
  if (upserts.length + removals.length <= sliceSize) return catalog.apply({ upserts, removals });
  const problems: CatalogProblem[] = [];
  for (let start = 0; start < removals.length; start += sliceSize) {
    problems.push(...catalog.apply({ upserts: [], removals: removals.slice(start, start + sliceSize) }));
    await breathe();
  }
  for (let start = 0; start < upserts.length; start += sliceSize) {
    problems.push(...catalog.apply({ upserts: upserts.slice(start, start + sliceSize), removals: [] }));
    await breathe();
  }
  return problems;
}
