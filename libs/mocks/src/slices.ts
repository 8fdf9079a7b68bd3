import { type Catalog, type CatalogChange, type CatalogProblem } from '@mock-server/engine';

/** Work on so many mocks at a time takes a few milliseconds; traffic is answered in between. */
export const sliceSize = 250;

const turnMs = 8;

export function breathe(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** For work whose pieces differ in size: a pause whenever some milliseconds have gone by, and not more often. */
export class Turns {
  private startedAt = performance.now();

  async pause(): Promise<void> {
    if (performance.now() - this.startedAt < turnMs) return;
    await breathe();
    this.startedAt = performance.now();
  }
}

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
