/**
 * A cache bounded by bytes: what was not asked for while half of them were filled anew is forgotten. Cheaper to ask than a list in
 * the order of use.
 */
export class TwoGenerations<K, V> {
  private young = new Map<K, { readonly value: V; readonly bytes: number }>();
  private old = new Map<K, { readonly value: V; readonly bytes: number }>();
  private youngBytes = 0;

  constructor(private readonly maxBytes: number) {}

  get(key: K): V | undefined {
    const young = this.young.get(key);
    if (young !== undefined) return young.value;
    const old = this.old.get(key);
    if (old === undefined) return undefined;
    this.old.delete(key);
    this.set(key, old.value, old.bytes);
    return old.value;
  }

  has(key: K): boolean {
    return this.young.has(key) || this.old.has(key);
  }

  /** A value of more than half of all bytes is not kept. */
  set(key: K, value: V, bytes: number): void {
    const half = this.maxBytes / 2;
    if (bytes > half) return;
    if (this.youngBytes + bytes > half) {
      this.old = this.young;
      this.young = new Map();
      this.youngBytes = 0;
    }
    this.young.set(key, { value, bytes });
    this.youngBytes += bytes;
  }
}
