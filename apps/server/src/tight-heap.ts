import { setFlagsFromString } from 'node:v8';

/**
 * The collector's next full run comes when the heap has grown by this many percent since its last one. What V8 chooses by itself
 * leaves 100 MB of garbage beside 100,000 mocks after an import: memory that a container's limit counts, and pages that every
 * collection of young objects walks over.
 */
const growthPercent = 25;

/** To be called once the server listens: while it starts, the heap grows from nothing and would be collected again and again. */
export function keepHeapTight(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
