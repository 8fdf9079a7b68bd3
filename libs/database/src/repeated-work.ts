import type { LoggerService } from '@nestjs/common';
import { DatabaseUnavailableError } from './database-errors';

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
  private underWay: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(private readonly repetition: Repetition) {}

  /** The first time is one period from now. */
  start(): void {
    this.timer = setInterval(() => void this.now(), this.repetition.everyMs).unref();
  }

  /** Does it at once, or waits for the one that is under way. Resolves also when it failed. */
  now(): Promise<void> {
    this.underWay ??= this.run().finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  /** The same, for who wants to know what happened before the call: one that is under way may have looked before that, so the next is waited for. */
  afresh(): Promise<void> {
    if (this.underWay === undefined) return this.now();
    this.next ??= this.underWay.then(() => {
      this.next = undefined;
      return this.now();
    });
    return this.next;
  }

  /** Resolves when the one that is under way is over. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await (this.next ?? this.underWay);
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
