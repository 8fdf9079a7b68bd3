interface Reading {
  /** Redis's time less ours, in milliseconds. */
  readonly offset: number;
  /** The offset is wrong by this at most: nobody knows where in the round trip Redis looked at its clock. */
  readonly error: number;
  readonly at: number;
}

/** How fast two clocks go apart at most: a reading is worth less the older it is. */
const drift = 5e-5;

/**
 * Redis's clock, as far as it is known here: one that all replicas share, whose own clocks may differ by minutes. What it says of a
 * moment is wrong by half of a short round trip, so it puts what one client had of several replicas in the order it had it.
 */
export class RedisClock {
  private best: Reading | undefined;

  /** `now`: milliseconds on a clock that is never set. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** When that was, by Redis, in milliseconds since 1970. The moment is one of `performance.now()`. Undefined: nobody knows yet. */
  timeOf(moment: number): number | undefined {
    return this.best === undefined ? undefined : moment + this.best.offset;
  }

  /** `ask` is what `TIME` answers: seconds since 1970, and microseconds. */
  async read(ask: () => Promise<readonly (number | string)[]>): Promise<void> {
    const sentAt = this.now();
    const [seconds, microseconds] = await ask();
    const at = this.now();
    const offset = Number(seconds) * 1_000 + Number(microseconds) / 1_000 - (sentAt + at) / 2;
    this.take({ offset, error: (at - sentAt) / 2, at });
  }

  private take(reading: Reading): void {
    const { best } = this;
    const error = best === undefined ? 0 : best.error + (reading.at - best.at) * drift;
    // Both cannot be true: Redis's clock was set, or it is another Redis, or this machine slept.
    const isOver = best !== undefined && Math.abs(reading.offset - best.offset) > reading.error + error;
    if (best === undefined || isOver || reading.error <= error) this.best = reading;
  }
}
