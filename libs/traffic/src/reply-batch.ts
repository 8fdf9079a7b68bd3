import { type ServerResponse } from 'node:http';

/** So many replies at most wait for those of requests that came with theirs: with thousands of connections, the first shall not wait for the last. */
const maxWaiting = 64;

/** Replies that are ready, and go out together once what the sockets brought in this turn of the event loop has been looked at. */
class ReplyBatch {
  private waiting: ServerResponse[] = [];
  private readonly firsts = new Set<() => void>();

  /** Has something done before each time that replies go out. Returns how to end that. */
  before(first: () => void): () => void {
    this.firsts.add(first);
    return () => void this.firsts.delete(first);
  }

  /** Takes a response that needs only to be ended. */
  add(outgoing: ServerResponse): void {
    const count = this.waiting.push(outgoing);
    if (count === 1) setImmediate(() => this.flush());
    else if (count >= maxWaiting) this.flush();
  }

  /** Sends what waits; also before a reply that goes by itself. */
  flush(): void {
    for (const first of this.firsts) first();
    const ready = this.waiting;
    this.waiting = [];
    for (const outgoing of ready) outgoing.end();
  }
}

/** One for the process: there is one event loop. */
export const replyBatch = new ReplyBatch();
