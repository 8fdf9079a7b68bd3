import type { LoggerService } from '@nestjs/common';
import { DatabaseUnavailableError } from './database-errors';
import { Succession } from './succession';

interface Repetition {
  readonly everyMs: number;
  readonly work: () => Promise<void>;
  readonly logger: Pick<LoggerService, 'error'>;
  /** What the log says of a failure: 'The workspaces cannot be read'. */
  readonly failure: string;
}

/**
 * Work on the database that is done again and again, one at a time. A failure is told in the log and ends nothing; a database that is
 * down tells about itself. It keeps no process alive.
 */
export class RepeatedWork {
  private timer: NodeJS.Timeout | undefined;
  private readonly runs = new Succession(() => this.run());

  constructor(private readonly repetition: Repetition) {}

  /** The first time is one period from now. */
  start(): void {
    this.timer = setInterval(() => void this.now(), this.repetition.everyMs).unref();
  }

  /** Does it at once, or waits for the one that is under way. Resolves also when it failed. */
  now(): Promise<void> {
    return this.runs.join();
  }

  /** The same, for who wants to know what happened before the call: one that is under way may have looked before that, so the next is waited for. */
  afresh(): Promise<void> {
    return this.runs.afresh();
  }

  /** Resolves when the one that is under way is over. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.runs.pending;
  }

  private async run(): Promise<void> {
    const { work, logger, failure } = this.repetition;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) logger.error(`${failure}: ${String(error)}`);
    }
  }
}
