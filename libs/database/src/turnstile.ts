import { DatabaseUnavailableError } from './database-errors';

interface TurnstileOptions {
  /** How many may be inside at once. */
  readonly places: number;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
}

/**
 * `upkeep` keeps this process up to date, a few calls at a time: it finds no queue full, and every second place that gets free is for it.
 * Else a crowd of callers would leave what they see older and older.
 */
export type Turn = 'usual' | 'upkeep';

/** Lets a few in at a time, in order. Whoever finds the queue full, or waits too long, is turned away. */
export class Turnstile {
  private inside = 0;
  private readonly waiting: Readonly<Record<Turn, Set<() => void>>> = { usual: new Set(), upkeep: new Set() };
  private lastTurn: Turn = 'usual';

  constructor(private readonly options: TurnstileOptions) {}

  get isIdle(): boolean {
    return this.inside === 0;
  }

  async pass<T>(work: () => Promise<T>, turn: Turn = 'usual'): Promise<T> {
    await this.enter(turn);
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private enter(turn: Turn): Promise<void> | undefined {
    const { places, maxWaiting, maxWaitMs } = this.options;
    if (this.inside < places) {
      this.inside++;
      return undefined;
    }
    const waiting = this.waiting[turn];
    if (turn === 'usual' && waiting.size >= maxWaiting) {
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
        waiting.delete(admit);
        reject(
          new DatabaseUnavailableError(
            `The database was busy for ${maxWaitMs / 1000} seconds. Try again in a few seconds.`,
          ),
        );
      }, maxWaitMs);
      waiting.add(admit);
    });
  }

  private leave(): void {
    const { usual, upkeep } = this.waiting;
    const turn = upkeep.size > 0 && (this.lastTurn === 'usual' || usual.size === 0) ? 'upkeep' : 'usual';
    const [next] = this.waiting[turn];
    if (next === undefined) {
      this.inside--;
      return;
    }
    // The place passes from hand to hand, so nobody can slip in between.
    this.lastTurn = turn;
    this.waiting[turn].delete(next);
    next();
  }
}
