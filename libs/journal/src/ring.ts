/** An item of a {@link Ring}, with the number it got when it came in and what it costs. */
export interface RingItem<T> {
  readonly sequence: number;
  readonly bytes: number;
  readonly value: T;
}

/** The newest items, at most so many. Adding and dropping the oldest cost the same however many there are. */
export class Ring<T> {
  private items: (RingItem<T> | undefined)[] = [];
  private start = 0;
  private count = 0;
  private costs = 0;

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.count;
  }

  get bytes(): number {
    return this.costs;
  }

  add(item: RingItem<T>): void {
    if (this.capacity === 0) return;
    if (this.count === this.capacity) this.dropOldest();
    this.items[(this.start + this.count) % this.capacity] = item;
    this.count++;
    this.costs += item.bytes;
  }

  dropOldest(): void {
    const item = this.items[this.start];
    if (item === undefined) return;
    this.items[this.start] = undefined;
    this.start = (this.start + 1) % this.capacity;
    this.count--;
    this.costs -= item.bytes;
  }

  /** The item with that number; numbers rise, so this is a binary search. */
  get(sequence: number): RingItem<T> | undefined {
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const item = this.at(middle);
      if (item.sequence === sequence) return item;
      if (item.sequence < sequence) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  *newestFirst(): IterableIterator<RingItem<T>> {
    for (let i = this.count - 1; i >= 0; i--) yield this.at(i);
  }

  /** Takes out what fits; returns it, oldest first. */
  remove(fits: (item: RingItem<T>) => boolean): RingItem<T>[] {
    const all = Array.from({ length: this.count }, (_, i) => this.at(i));
    const removed: RingItem<T>[] = [];
    const kept: RingItem<T>[] = [];
    for (const item of all) (fits(item) ? removed : kept).push(item);
    if (removed.length === 0) return removed;
    this.clear();
    for (const item of kept) this.add(item);
    return removed;
  }

  clear(): void {
    this.items = [];
    this.start = 0;
    this.count = 0;
    this.costs = 0;
  }

  private at(place: number): RingItem<T> {
    return this.items[(this.start + place) % this.capacity]!;
  }
}
