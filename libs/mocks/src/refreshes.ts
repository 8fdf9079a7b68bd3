/** The first retry comes so long after the failure; each further one twice as late, up to the last. */
const retryMs = { first: 1_000, most: 30_000 };

interface Retry {
  readonly timer: NodeJS.Timeout;
  readonly delayMs: number;
}

/**
 * Runs one refresh a key at a time. Whoever asks during one waits for the next, which surely began after the question. Of different keys
 * a few run at once, the others wait in order: who reads all keys must not crowd out whoever else wants the database. What fails
 * is tried again by itself.
 */
export class Refreshes {
  private readonly running = new Map<string, Promise<void>>();
  private readonly waiting = new Map<string, Promise<void>>();
  private readonly retries = new Map<string, Retry>();
  private readonly queue: (() => void)[] = [];
  private busy = 0;
  private isStopped = false;

  /** `work` never rejects, and says whether it is done: false means that it failed, and has to be done again. */
  constructor(
    private readonly work: (key: string) => Promise<boolean>,
    private readonly atOnce = 4,
  ) {}

  run(key: string): Promise<void> {
    const waiting = this.waiting.get(key);
    if (waiting !== undefined) return waiting;
    const running = this.running.get(key);
    if (running === undefined) return this.start(key);
    const next = running.then(() => {
      this.waiting.delete(key);
      return this.start(key);
    });
    this.waiting.set(key, next);
    return next;
  }

  /** The refresh that is under way or due, if there is one. */
  pending(key: string): Promise<void> | undefined {
    return this.waiting.get(key) ?? this.running.get(key);
  }

  /** Tries now what failed. */
  runFailed(): void {
    for (const key of this.retries.keys()) void this.run(key);
  }

  /** What failed for this key is not tried again. */
  forget(key: string): void {
    clearTimeout(this.retries.get(key)?.timer);
    this.retries.delete(key);
  }

  /** Resolves when what is under way or due now is over, done or not. */
  async settle(): Promise<void> {
    await Promise.all([...this.running.values(), ...this.waiting.values()]);
  }

  /** As {@link settle}, but what still waits for its place is left, and nothing is tried again. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const key of [...this.retries.keys()]) this.forget(key);
    await this.settle();
  }

  private start(key: string): Promise<void> {
    const run = this.inTurn(key).finally(() => this.running.delete(key));
    this.running.set(key, run);
    return run;
  }

  private async inTurn(key: string): Promise<void> {
    const hasPlace = this.busy < this.atOnce;
    if (hasPlace) this.busy++;
    else await new Promise<void>(resolve => this.queue.push(resolve));
    try {
      if (hasPlace || !this.isStopped) await this.runNow(key);
    } finally {
      const next = this.queue.shift();
      if (next === undefined) this.busy--;
      else next(); // the place passes from hand to hand
    }
  }

  private async runNow(key: string): Promise<void> {
    const retry = this.retries.get(key);
    clearTimeout(retry?.timer);
    if (await this.work(key)) this.retries.delete(key);
    else this.retryLater(key, retry);
  }

  private retryLater(key: string, last: Retry | undefined): void {
    if (this.isStopped) return;
    const delayMs = last === undefined ? retryMs.first : Math.min(2 * last.delayMs, retryMs.most);
    const timer = setTimeout(() => void this.run(key), delayMs).unref();
    this.retries.set(key, { timer, delayMs });
  }
}
