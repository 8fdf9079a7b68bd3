import { type Call } from './call';

/** Waits, but not for a client that has left. */
export function wait({ outgoing }: Call, delayMs: number): Promise<void> {
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
