const turnMs = 8;

/** Traffic is answered in between. */
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
