import { Database, DatabaseUnavailableError } from '@mock-server/database';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AuditService } from './audit.service';
import { OneTimeLinks } from './one-time-links';
import { Sessions } from './sessions';
import { SignInFailures } from './sign-in-failures';

const SWEEP_EVERY_MS = 10 * 60_000;

/** Removes what is over: sign-ins, links, counts of failures, audit events past their retention. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Sweeper');
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly links: OneTimeLinks,
    private readonly failures: SignInFailures,
    private readonly audit: AuditService,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.sweeping = this.sweep();
    }, SWEEP_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  private async sweep(): Promise<void> {
    if (!this.database.isUp) return;
    try {
      for (const one of [this.sessions, this.links, this.failures, this.audit]) await one.sweep();
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) return;
      this.logger.error(`What is over could not be removed: ${String(error)}`);
    }
  }
}
