import { type Readable, Transform, type TransformCallback } from 'node:stream';

/** The beginning of a stream that goes by, for the journal. */
export class StreamSample {
  private readonly chunks: Uint8Array[] = [];
  private kept = 0;
  private passed = 0;

  constructor(private readonly maxBytes: number) {}

  get bytes(): Uint8Array {
    return Buffer.concat(this.chunks);
  }

  /** Nothing that went by is missing in {@link bytes}. */
  get isWhole(): boolean {
    return this.passed === this.kept;
  }

  add(chunk: Uint8Array): void {
    this.passed += chunk.length;
    if (this.kept >= this.maxBytes) return;
    const part = chunk.slice(0, this.maxBytes - this.kept);
    this.chunks.push(part);
    this.kept += part.length;
  }

  /** The same stream, with backpressure, looked at on its way. */
  watch(source: Readable): Readable {
    const add = (chunk: Buffer): void => this.add(chunk);
    const through = new Transform({
      transform(chunk: Buffer, _encoding, done: TransformCallback) {
        add(chunk);
        done(null, chunk);
      },
    });
    source.once('error', error => through.destroy(error));
    source.once('close', () => {
      if (!source.readableEnded) through.destroy(new Error('The client left before its request was complete'));
    });
    return source.pipe(through);
  }
}
