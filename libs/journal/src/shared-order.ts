const maxReplicas = 1_000;

/** What an exchange says of its place, on its way from one replica to others. */
export interface OrderMark {
  /** On Redis's clock, in milliseconds since 1970. Undefined: its replica does not know the time, or is of an older version. */
  readonly writtenAt?: number | undefined;
  /** The replica that answered it. Undefined: one of an older version. */
  readonly by?: string | undefined;
}

/**
 * The times by which one workspace's exchanges of all replicas are ordered. They arrive in nearly this order: what one replica ships may
 * overtake what another did before, by as much as Redis is late. To be shown the marks in the order of their arrival.
 */
export class SharedOrder {
  private last = 0;
  private readonly lastBy = new Map<string, number>();

  timeOf({ writtenAt, by = '' }: OrderMark): number {
    const lastOfIts = this.lastBy.get(by) ?? 0;
    // After all that arrived, where no time is known, and where it is before the last one of its replica: that one's order is known, so
    // this time is wrong, by a little when its replica knows better now, and by much when Redis's clock was set back.
    const time = writtenAt === undefined || writtenAt < lastOfIts ? this.last : writtenAt;
    this.last = Math.max(this.last, time);
    this.lastBy.set(by, time);
    if (this.lastBy.size > maxReplicas) this.lastBy.delete(this.lastBy.keys().next().value!);
    return time;
  }
}
