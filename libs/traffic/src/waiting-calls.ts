import { type Socket } from 'node:net';

/**
 * Node reads on while an answer waits for its delay, a file or a backend: without a bound one connection could line up millions of
 * requests. Well above what one read of the socket can hold, so that a client that pipelines small requests never meets it.
 */
const maxWaiting = 4_000;

/** How many calls of each connection wait for their answers. Calls that are answered at once are not counted. */
export class WaitingCalls {
  private readonly counts = new WeakMap<Socket, number>();

  isFull(socket: Socket): boolean {
    return (this.counts.get(socket) ?? 0) >= maxWaiting;
  }

  /** Returns what to call when the answer was given. */
  enter(socket: Socket): () => void {
    this.counts.set(socket, (this.counts.get(socket) ?? 0) + 1);
    return () => void this.counts.set(socket, (this.counts.get(socket) ?? 1) - 1);
  }
}
