import { CONFIG, type Config } from '@mock-server/config';
import { type Caller, Problem, RateLimit } from '@mock-server/http';
import { Inject, Injectable } from '@nestjs/common';

/** How many admin requests a caller may make. */
@Injectable()
export class CallBudget {
  /** A test suite sends its requests in one go: two seconds' worth may come at once. */
  private readonly limit = new RateLimit({ burstSeconds: 2, maxKeys: 10_000 });
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
    if (this.limit.take(caller.id, this.perSecond, now)) return;
    this.refusedCount++;
    throw new Problem('too-many-requests', {
      detail: `One caller may make ${this.perSecond} admin requests a second (ADMIN_REQUESTS_PER_SECOND). Wait a second.`,
    });
  }
}
