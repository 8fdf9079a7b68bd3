interface Work<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiters: number;
}

/**
 * Work that is the same for all who ask for it at the same time: it is done once. It is broken off when the last of them has left, and
 * when all is.
 */
export class SharedWork<T> {
  private readonly underWay = new Map<string, Work<T>>();

  /** Who waits for an end. */
  get waiters(): number {
    return [...this.underWay.values()].reduce((sum, { waiters }) => sum + waiters, 0);
  }

  /** Undefined for one who left before the end. */
  async run(key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    if (signal.aborted) return undefined;
    const shared = this.underWay.get(key) ?? this.begin(key, work);
    shared.waiters++;
    let leave: (() => void) | undefined;
    const left = new Promise<undefined>(resolve => {
      leave = () => resolve(undefined);
      signal.addEventListener('abort', leave);
    });
    try {
      return await Promise.race([shared.result, left]);
    } finally {
      signal.removeEventListener('abort', leave!);
      if (--shared.waiters === 0) this.end(key, shared);
    }
  }

  stopAll(): void {
    for (const { stop } of this.underWay.values()) stop.abort();
  }

  private begin(key: string, work: (signal: AbortSignal) => Promise<T>): Work<T> {
    const stop = new AbortController();
    const result = work(stop.signal);
    const shared: Work<T> = { result, stop, waiters: 0 };
    this.underWay.set(key, shared);
    const forget = (): void => this.end(key, shared);
    result.then(forget, forget);
    return shared;
  }

  private end(key: string, shared: Work<T>): void {
    shared.stop.abort();
    if (this.underWay.get(key) === shared) this.underWay.delete(key);
  }
}
