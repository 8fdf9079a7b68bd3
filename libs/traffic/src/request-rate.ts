/** A second's worth may come at once. */
interface Bucket {
  left: number;
  at: number;
}

const MAX_BUCKETS = 2_000;

/** Requests a second of each workspace that has a bound. */
export class RequestRate {
  private readonly buckets = new Map<string, Bucket>();

  /** False: the second's requests are spent. */
  take(workspaceId: string, perSecond: number, now: number = performance.now()): boolean {
    let bucket = this.buckets.get(workspaceId);
    if (bucket === undefined) {
      // More than there can be workspaces: what is left of deleted ones.
      if (this.buckets.size >= MAX_BUCKETS) this.buckets.clear();
      this.buckets.set(workspaceId, (bucket = { left: perSecond, at: now }));
    }
    bucket.left = Math.min(perSecond, bucket.left + ((now - bucket.at) / 1_000) * perSecond);
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }
}
