import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { withoutHeaders, type RecordedExchange } from '@mock-server/engine';

type Reply = RecordedExchange['reply'];

const decoders: Readonly<Record<string, (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>>> =
  {
    gzip: promisify(gunzip),
    'x-gzip': promisify(gunzip),
    deflate: promisify(inflate),
    br: promisify(brotliDecompress),
  };

/**
 * The reply with its Content-Encoding undone, as WireMock records it. What is encoded twice or in an unknown way, is damaged, or
 * would be larger than `maxBytes` (316 bytes of brotli can inflate to 200 MB) stays as it came.
 */
export async function decodeBody(reply: Reply, maxBytes: number): Promise<Reply> {
  const encodings = reply.headers.filter((_, i) => i % 2 === 1 && isEncoding(reply.headers[i - 1]!.toLowerCase()));
  const decode = encodings.length === 1 ? decoders[encodings[0]!.trim().toLowerCase()] : undefined;
  if (decode === undefined || reply.body.length === 0) return reply;
  try {
    const body = await decode(reply.body, { maxOutputLength: maxBytes });
    return { ...reply, body, headers: withoutHeaders(reply.headers, isEncoding) };
  } catch {
    return reply;
  }
}

function isEncoding(name: string): boolean {
  return name === 'content-encoding';
}
