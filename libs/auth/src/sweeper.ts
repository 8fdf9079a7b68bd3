import { RepeatedWork } from '@mock-server/database';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AuditService } from './audit.service';
import { OneTimeLinks } from './one-time-links';
import { Sessions } from './sessions';
import { SignInFailures } from './sign-in-failures';

const SWEEP_EVERY_MS = 10 * 60_000;

/** Removes what is over: sign-ins, links, counts of failures, audit events past their retention. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sweeps = new RepeatedWork({
    everyMs: SWEEP_EVERY_MS,
    work: () => this.sweep(),
    logger: new Logger('Sweeper'),
    failure: 'What is over could not be removed',
  });

  constructor(
    private readonly sessions: Sessions,
    private readonly links: OneTimeLinks,
    private readonly failures: SignInFailures,
    private readonly audit: AuditService,
  ) {}

  onApplicationBootstrap(): void {
    this.sweeps.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.sweeps.stop();
  }

  private async sweep(): Promise<void> {
    for (const one of [this.sessions, this.links, this.failures, this.audit]) await one.sweep();
  }
}
