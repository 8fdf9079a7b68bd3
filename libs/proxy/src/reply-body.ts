import { Readable } from 'node:stream';

/** What a reply's body may ask of the connection it comes from. */
export interface ReplySource {
  resume(): void;
  abort(reason: Error): void;
}

/** The body of a backend's reply as it arrives. Read slowly, it slows the backend; destroyed early, it closes the connection. */
export class ReplyBody extends Readable {
  private isComplete = false;

  constructor(private readonly source: ReplySource) {
    super({ highWaterMark: 65_536 });
    // It may break before the caller has looked at it; whoever reads it gets the error all the same.
    this.on('error', () => undefined);
  }

  complete(): void {
    this.isComplete = true;
    this.push(null);
  }

  /** Takes all of it, if all of at most `maxBytes` has come and none was read; else undefined, and it is still to be read. */
  takeWhole(maxBytes: number): Buffer | undefined {
    if (!this.isComplete || this.destroyed || this.readableDidRead || this.readableLength > maxBytes) return undefined;
    return (this.read() as Buffer | null) ?? Buffer.alloc(0);
  }

  override _read(): void {
    this.source.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.isComplete) this.source.abort(error ?? new Error('The reply is no longer wanted'));
    done(error);
  }
}
