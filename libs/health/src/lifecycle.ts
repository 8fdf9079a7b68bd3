import { Injectable } from '@nestjs/common';

/** Where the process is in its life. The app says when it serves and when it begins to drain; the probes and the door ask. */
@Injectable()
export class Lifecycle {
  private phase: 'starting' | 'serving' | 'draining' = 'starting';
  private readonly startedAtMs = performance.now();

  /** Traffic can come. */
  beginServing(): void {
    this.phase = 'serving';
  }

  /** From now on the replica is not ready: no new traffic should come, what comes is still answered. */
  beginDraining(): void {
    this.phase = 'draining';
  }

  get isServing(): boolean {
    return this.phase === 'serving';
  }

  get isDraining(): boolean {
    return this.phase === 'draining';
  }

  get uptimeSeconds(): number {
    return Math.floor((performance.now() - this.startedAtMs) / 1000);
  }
}
