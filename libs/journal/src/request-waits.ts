import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { Problem } from '@mock-server/http';
import { MetricsRegistry } from '@mock-server/metrics';
import { EntryCount } from './entry-count';
import { type Journal } from './journal';
import { RequestWait, type WaitOutcome, type WaitWish } from './request-wait';

const maxWaits = 256;

/** Answers when enough matching requests came, or time is over. A bounded number at a time. */
@Injectable()
export class RequestWaits implements OnModuleInit, BeforeApplicationShutdown {
  private readonly waiting = new Set<RequestWait>();
  private readonly entries = new EntryCount();
  private isShuttingDown = false;

  constructor(private readonly registry: MetricsRegistry) {}

  onModuleInit(): void {
    this.registry.gauge('journal_waits', 'Calls of /__admin/requests/wait that wait now.', () => this.waiting.size);
  }

  beforeApplicationShutdown(): void {
    this.isShuttingDown = true;
    for (const wait of this.waiting) wait.end('shutting-down');
  }

  wait(
    place: { readonly journal: Journal; readonly workspaceId: string },
    wish: WaitWish,
    clientGone: AbortSignal,
  ): Promise<WaitOutcome> {
    if (this.waiting.size >= maxWaits)
      throw new Problem('too-many-requests', {
        detail: `${maxWaits} calls wait already; try again when one has ended.`,
      });
    return new Promise(resolve => {
      const onEnd = (outcome: WaitOutcome): void => {
        this.waiting.delete(wait);
        clientGone.removeEventListener('abort', onGone);
        resolve(outcome);
      };
      const onGone = (): void => wait.end('client-gone');
      const wait = new RequestWait(place, { wish, entries: this.entries, onEnd });
      this.waiting.add(wait);
      clientGone.addEventListener('abort', onGone);
      if (clientGone.aborted) onGone();
      else if (this.isShuttingDown) wait.end('shutting-down');
    });
  }
}
