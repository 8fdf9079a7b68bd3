import { DatabaseUnavailableError } from './database-errors';

interface TurnstileOptions {
  /** How many may be inside at once. */
  readonly places: number;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
}

/** Lets a few in at a time, in order. Whoever finds the queue full, or waits too long, is turned away. */
export class Turnstile {
  private inside = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly options: TurnstileOptions) {}

  get isIdle(): boolean {
    return this.inside === 0;
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private enter(): Promise<void> | undefined {
    const { places, maxWaiting, maxWaitMs } = this.options;
    if (this.inside < places) {
      this.inside++;
      return undefined;
    }
    if (this.waiting.size >= maxWaiting) {
      throw new DatabaseUnavailableError(
        `${maxWaiting} calls wait for the database already. Try again in a few seconds.`,
      );
    }
    return new Promise((resolve, reject) => {
      const admit = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(admit);
        reject(
          new DatabaseUnavailableError(
            `The database was busy for ${maxWaitMs / 1000} seconds. Try again in a few seconds.`,
          ),
        );
      }, maxWaitMs);
      this.waiting.add(admit);
    });
  }

  private leave(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.inside--;
      return;
    }
    // The place passes from hand to hand, so nobody can slip in between.
    this.waiting.delete(next);
    next();
  }
}
