/** Runs one refresh a key at a time. Whoever asks during one waits for the next, which surely began after the question. */
export class Refreshes {
  private readonly running = new Map<string, Promise<void>>();
  private readonly waiting = new Map<string, Promise<void>>();

  constructor(private readonly work: (key: string) => Promise<void>) {}

  run(key: string): Promise<void> {
    const waiting = this.waiting.get(key);
    if (waiting !== undefined) return waiting;
    const running = this.running.get(key);
    if (running === undefined) return this.start(key);
    const next = running.then(() => {
      this.waiting.delete(key);
      return this.start(key);
    });
    this.waiting.set(key, next);
    return next;
  }

  /** The refresh that is under way or due, if there is one. */
  pending(key: string): Promise<void> | undefined {
    return this.waiting.get(key) ?? this.running.get(key);
  }

  async settle(): Promise<void> {
    await Promise.all([...this.running.values(), ...this.waiting.values()]);
  }

  private start(key: string): Promise<void> {
    const run = this.work(key).finally(() => this.running.delete(key));
    this.running.set(key, run);
    return run;
  }
}
