import { CONFIG, type Config } from '@mock-server/config';
import { type Caller, Problem } from '@mock-server/http';
import { Inject, Injectable } from '@nestjs/common';
import { BoundedMap } from './bounded-map';

const MAX_CALLERS = 10_000;
/** A test suite sends its requests in one go: so many seconds' worth may come at once. */
const BURST_SECONDS = 2;

interface Budget {
  left: number;
  at: number;
}

/** How many admin requests a caller may make: a bucket each, filled steadily. */
@Injectable()
export class CallBudget {
  private readonly budgets = new BoundedMap<Budget>(MAX_CALLERS);
  private readonly perSecond: number;
  private refusedCount = 0;

  constructor(@Inject(CONFIG) config: Pick<Config, 'signIn'>) {
    this.perSecond = config.signIn?.requestsPerSecond ?? 0;
  }

  get refused(): number {
    return this.refusedCount;
  }

  /** Throws 'too-many-requests' when the caller has spent all. */
  spend(caller: Caller, now: number = performance.now()): void {
    if (this.perSecond === 0 || (caller.kind !== 'user' && caller.kind !== 'token')) return;
    const most = this.perSecond * BURST_SECONDS;
    let budget = this.budgets.get(caller.id);
    if (budget === undefined) this.budgets.set(caller.id, (budget = { left: most, at: now }));
    budget.left = Math.min(most, budget.left + ((now - budget.at) / 1_000) * this.perSecond);
    budget.at = now;
    if (budget.left < 1) {
      this.refusedCount++;
      throw new Problem('too-many-requests', {
        detail: `One caller may make ${this.perSecond} admin requests a second (ADMIN_REQUESTS_PER_SECOND). Wait a second.`,
      });
    }
    budget.left--;
  }
}
