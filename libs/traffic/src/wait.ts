import { type ServerResponse } from 'node:http';

/** A client that takes nothing for so long is cut off: it holds memory. */
const slowReaderMs = 120_000;

/** Waits until the client has taken what was written. False: it left, or was cut off. */
export function drained(outgoing: ServerResponse): Promise<boolean> {
  if (outgoing.destroyed) return Promise.resolve(false);
  return new Promise(resolve => {
    const timer = setTimeout(() => outgoing.destroy(), slowReaderMs);
    const finish = (): void => {
      clearTimeout(timer);
      outgoing.off('drain', finish).off('close', finish);
      resolve(!outgoing.destroyed && !outgoing.writableEnded);
    };
    outgoing.on('drain', finish).on('close', finish);
  });
}

/** Waits, but not for a client that has left. */
export function wait(outgoing: ServerResponse, delayMs: number): Promise<void> {
  if (outgoing.destroyed) return Promise.resolve();
  return new Promise(resolve => {
    const timer = setTimeout(finish, delayMs);
    function finish(): void {
      clearTimeout(timer);
      outgoing.off('close', finish);
      resolve();
    }
    outgoing.once('close', finish);
  });
}
