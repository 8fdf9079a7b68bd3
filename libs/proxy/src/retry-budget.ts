const maxSaved = 10;
const earnedPerCall = 0.1;

/** Retries may be a tenth of the calls, and ten at once: a backend that is down is not asked twice as much. */
export class RetryBudget {
  private saved = maxSaved;

  earn(): void {
    this.saved = Math.min(maxSaved, this.saved + earnedPerCall);
  }

  /** Whether there was one to take. */
  take(): boolean {
    if (this.saved < 1) return false;
    this.saved--;
    return true;
  }
}
