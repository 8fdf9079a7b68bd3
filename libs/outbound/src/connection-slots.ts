export type SlotOutcome = 'taken' | 'full' | 'late' | 'aborted';

interface Waiter {
  readonly settle: (outcome: SlotOutcome) => void;
}

/**
 * Lets at most `max` calls run at a time; up to `maxWaiting` more wait their turn, in order, for a bounded time. undici's own queue
 * has no bound and forgets nobody.
 */
export class ConnectionSlots {
  private running = 0;
  private readonly waiting = new Set<Waiter>();

  constructor(
    private readonly limits: { readonly max: number; readonly maxWaiting: number; readonly maxWaitMs: number },
  ) {}

  get isIdle(): boolean {
    return this.running === 0 && this.waiting.size === 0;
  }

  get taken(): number {
    return this.running;
  }

  get waiters(): number {
    return this.waiting.size;
  }

  take(signal: AbortSignal): SlotOutcome | Promise<SlotOutcome> {
    if (signal.aborted) return 'aborted';
    if (this.running < this.limits.max) {
      this.running++;
      return 'taken';
    }
    if (this.waiting.size >= this.limits.maxWaiting) return 'full';
    return new Promise(resolve => {
      const settle = (outcome: SlotOutcome): void => {
        this.waiting.delete(waiter);
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        resolve(outcome);
      };
      const waiter: Waiter = { settle };
      const onAbort = (): void => settle('aborted');
      const timer = setTimeout(() => settle('late'), this.limits.maxWaitMs);
      signal.addEventListener('abort', onAbort);
      this.waiting.add(waiter);
    });
  }

  /** The slot passes to who has waited longest. */
  release(): void {
    const [next] = this.waiting;
    if (next === undefined) this.running--;
    else next.settle('taken');
  }
}
