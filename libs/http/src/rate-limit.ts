interface Bucket {
  left: number;
  at: number;
}

interface RateLimitOptions {
  /** So many seconds' worth may come at once. */
  readonly burstSeconds: number;
  /** When more are met, the one that was met first begins anew. */
  readonly maxKeys: number;
}

/** How many a second each of many may have: a bucket each, filled steadily. */
export class RateLimit {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly options: RateLimitOptions) {}

  /** False: what there was is spent. `now` in milliseconds. */
  take(key: string, perSecond: number, now: number = performance.now()): boolean {
    const most = perSecond * this.options.burstSeconds;
    const bucket = this.buckets.get(key) ?? this.add(key, { left: most, at: now });
    bucket.left = Math.min(most, bucket.left + ((now - bucket.at) / 1_000) * perSecond);
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }

  private add(key: string, bucket: Bucket): Bucket {
    if (this.buckets.size >= this.options.maxKeys) {
      const [oldest] = this.buckets.keys();
      if (oldest !== undefined) this.buckets.delete(oldest);
    }
    this.buckets.set(key, bucket);
    return bucket;
  }
}
