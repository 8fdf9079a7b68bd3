import { type Readable } from 'node:stream';

export type ReplyReading =
  { readonly kind: 'read'; readonly bytes: Buffer } | { readonly kind: 'too-large' } | { readonly kind: 'broken' };

/** Reads a backend's whole body of at most `maxBytes`; a longer one is given up. */
export async function readReply(body: Readable, maxBytes: number): Promise<ReplyReading> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) return { kind: 'too-large' }; // leaving the loop destroys the stream
      chunks.push(chunk);
    }
  } catch {
    return { kind: 'broken' };
  }
  return { kind: 'read', bytes: Buffer.concat(chunks, bytes) };
}
