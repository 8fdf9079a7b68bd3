/** Lines that wait to be written: at most so many bytes. The oldest go first when there is no more room, and are counted. */
export class BoundedLines {
  private lines: string[] = [];
  private head = 0;
  private bytes = 0;
  private droppedCount = 0;

  constructor(private readonly maxBytes: number) {}

  get dropped(): number {
    return this.droppedCount;
  }

  get size(): number {
    return this.lines.length - this.head;
  }

  add(line: string): void {
    this.lines.push(line);
    this.bytes += sizeOf(line);
    while (this.bytes > this.maxBytes && this.size > 0) {
      this.take({ maxLines: 1, maxBytes: Infinity });
      this.droppedCount++;
    }
  }

  /** The oldest lines, as many as fit, but one at least; they leave the queue. */
  take({ maxLines, maxBytes }: { readonly maxLines: number; readonly maxBytes: number }): string[] {
    const taken: string[] = [];
    let bytes = 0;
    for (
      let line = this.lines[this.head];
      line !== undefined && taken.length < maxLines;
      line = this.lines[this.head]
    ) {
      if (taken.length > 0 && bytes + sizeOf(line) > maxBytes) break;
      bytes += sizeOf(line);
      taken.push(line);
      this.head++;
    }
    this.bytes -= bytes;
    if (this.head > 1_000 && this.head * 2 > this.lines.length) {
      this.lines = this.lines.slice(this.head);
      this.head = 0;
    }
    return taken;
  }

  /** Back to the front, for lines that could not be written; what no longer fits is dropped, the oldest first. */
  putBack(lines: readonly string[]): void {
    let room = this.maxBytes - this.bytes;
    let kept = lines.length;
    while (kept > 0 && room >= sizeOf(lines[kept - 1] ?? '')) room -= sizeOf(lines[--kept] ?? '');
    const fitting = lines.slice(kept);
    this.droppedCount += kept;
    this.lines = [...fitting, ...this.lines.slice(this.head)];
    this.head = 0;
    this.bytes = this.maxBytes - room;
  }

  /** Lines that nobody will write were lost. */
  countDropped(count: number): void {
    this.droppedCount += count;
  }
}

/** UTF-16 units, twice: what a string takes in memory at most, without counting bytes on the way. */
function sizeOf(line: string): number {
  return line.length * 2;
}
