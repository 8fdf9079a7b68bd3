import { type IncomingMessage } from 'node:http';

export type BodyReading =
  { readonly kind: 'read'; readonly body: Uint8Array } | { readonly kind: 'too-large' } | { readonly kind: 'gone' };

/**
 * Reads a whole body of at most `maxBytes`. Stops at the limit without keeping what came; `gone` when the client left. Small bodies
 * are copied, so that keeping one in the journal does not keep the socket's whole read buffer.
 */
export function readBody(
  incoming: IncomingMessage,
  contentLength: number | undefined,
  maxBytes: number,
): Promise<BodyReading> {
  if (contentLength !== undefined && contentLength > maxBytes) return Promise.resolve({ kind: 'too-large' });
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (reading: BodyReading): void => {
      incoming.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      resolve(reading);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > maxBytes) finish({ kind: 'too-large' });
      else chunks.push(chunk);
    };
    const onEnd = (): void =>
      finish({ kind: 'read', body: chunks.length === 1 && bytes > 32_768 ? chunks[0]! : Buffer.concat(chunks, bytes) });
    const onGone = (): void => finish({ kind: 'gone' });
    incoming.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}
