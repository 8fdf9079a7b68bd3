import { Injectable } from '@nestjs/common';

/** Where the process is in its life. The app says when it begins to drain; the probes and the door ask. */
@Injectable()
export class Lifecycle {
  private draining = false;
  private readonly startedAtMs = performance.now();

  /** From now on the replica is not ready: no new traffic should come, what comes is still answered. */
  beginDraining(): void {
    this.draining = true;
  }

  get isDraining(): boolean {
    return this.draining;
  }

  get uptimeSeconds(): number {
    return Math.floor((performance.now() - this.startedAtMs) / 1000);
  }
}
