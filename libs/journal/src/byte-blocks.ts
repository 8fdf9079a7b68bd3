const none = Buffer.alloc(0);

/** Bytes outside the JavaScript heap, written one after the other in blocks. A block lives as long as somebody points to it. */
export class ByteBlocks {
  /** The one that is written to. */
  block: Buffer<ArrayBuffer> = none;
  private end = 0;
  /** One that nobody needs any more: memory outside the heap that comes and goes makes the collector run. */
  private spare: Buffer<ArrayBuffer> | undefined;

  constructor(private readonly blockBytes: number) {}

  /** Where the next bytes go in {@link block}; begins a new block when they do not fit. */
  reserve(length: number): number {
    if (this.end + length > this.block.length) {
      this.block =
        length <= this.blockBytes && this.spare !== undefined
          ? this.spare
          : Buffer.allocUnsafeSlow(Math.max(this.blockBytes, length));
      if (this.block === this.spare) this.spare = undefined;
      this.end = 0;
    }
    const offset = this.end;
    this.end += length;
    return offset;
  }

  /** A text of one byte a character, and bytes after it. */
  write(offset: number, text: string, bytes: Uint8Array): void {
    this.block.write(text, offset, 'latin1');
    if (bytes.length > 0) this.block.set(bytes, offset + text.length);
  }

  /** Nobody points to this one any more: it can be written again. */
  release(block: Buffer<ArrayBuffer>): void {
    if (block !== this.block && block.length === this.blockBytes) this.spare = block;
  }

  clear(): void {
    this.block = none;
    this.end = 0;
  }
}
