/** One run at a time. Whoever asks during one joins it, or waits for the next, which surely began after the question. */
export class Succession<T = void> {
  private running: Promise<T> | undefined;
  private next: Promise<T> | undefined;

  constructor(private readonly work: () => Promise<T>) {}

  /** The last run that is under way or due; undefined: none is. */
  get pending(): Promise<T> | undefined {
    return this.next ?? this.running;
  }

  /** The run that is under way, or one that begins now. */
  join(): Promise<T> {
    this.running ??= this.work().finally(() => (this.running = undefined));
    return this.running;
  }

  /** One that begins now, or when the one under way is over, whatever came of that. */
  afresh(): Promise<T> {
    if (this.running === undefined) return this.join();
    const begin = (): Promise<T> => {
      this.next = undefined;
      return this.join();
    };
    this.next ??= this.running.then(begin, begin);
    return this.next;
  }
}
