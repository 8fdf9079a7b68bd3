import { finished, PassThrough, type Readable } from 'node:stream';

/** The one who asked is gone: nothing to wait for any more. */
export function clientGone(): Error {
  return Object.assign(new Error('The client left'), { code: 'CLIENT_GONE' });
}

/**
 * A stand-in for a request body. undici destroys the body it was given when a backend answers before all of it is sent, and with a
 * request's own stream the client's socket would go. What nobody wants any more is read and thrown away, so that the client can
 * finish sending and see its answer.
 */
export function lendBody(source: Readable): Readable {
  const lent = new PassThrough();
  lent.on('error', () => undefined);
  lent.once('close', () => discard(source));
  finished(source, { writable: false }, error => {
    if (error) lent.destroy(clientGone());
  });
  source.pipe(lent);
  return lent;
}

export function discard(source: Readable): void {
  if (source.destroyed || source.readableEnded) return;
  source.unpipe();
  source.resume();
}
