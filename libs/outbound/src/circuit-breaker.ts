const firstRestMs = 1_000;
const longestRestMs = 15_000;

/** How a call may go: as usual, or as the one that finds out whether the backend is back. */
export type Passage = 'usual' | 'probe';

/**
 * After `breakAfter` failures in a row a backend is left alone: callers hear at once what they would otherwise wait for. When its rest is
 * over, one call goes through; its fate decides. Each rest is twice as long as the one before, up to 15 seconds.
 */
export class CircuitBreaker {
  private failures = 0;
  private restMs = firstRestMs;
  private restsUntil = 0;
  private isProbing = false;

  /** 0 never breaks. */
  constructor(private readonly breakAfter: number) {}

  get isOpen(): boolean {
    return this.breakAfter > 0 && this.failures >= this.breakAfter;
  }

  /** Undefined when the backend rests. Each passage given is to be ended. */
  admit(now = performance.now()): Passage | undefined {
    if (!this.isOpen) return 'usual';
    if (this.isProbing || now < this.restsUntil) return undefined;
    this.isProbing = true;
    return 'probe';
  }

  /** `neither`: the call came to an end that tells nothing about the backend. */
  end(passage: Passage, fate: 'answered' | 'failed' | 'neither', now = performance.now()): void {
    if (passage === 'probe') this.isProbing = false;
    if (fate === 'answered') this.close();
    else if (fate === 'failed' && (passage === 'probe' || !this.isOpen)) this.fail(now);
  }

  private close(): void {
    this.failures = 0;
    this.restMs = firstRestMs;
  }

  private fail(now: number): void {
    this.failures++;
    if (!this.isOpen) return;
    this.restsUntil = now + this.restMs;
    this.restMs = Math.min(this.restMs * 2, longestRestMs);
  }
}
