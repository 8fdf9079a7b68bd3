import { Inject, Injectable } from '@nestjs/common';
import { constants, gzip, gzipSync, type ZlibOptions } from 'node:zlib';
import { promisify } from 'node:util';
import { CONFIG, type Config } from '@mock-server/config';
import { headerOf, mimeOf } from '@mock-server/engine';
import { type Awaitable } from '@mock-server/mocks';
import { type Call } from './call';
import { deliver, type Delivery } from './deliver';
import { TwoGenerations } from './two-generations';
import { type WholeReply } from './write-reply';

const gzipLater = promisify(gzip);

/** Compressed off the main thread when longer: this takes about a millisecond. */
const atOnceBytes = 65_536;
/** How much is kept compressed of bodies that all clients of a mock share, with the bodies themselves. */
const keptBytes = 4_194_304;

/** A cache on the way must not give it to clients that know no gzip (RFC 9110, 12.5.5). */
const gzipHeaders = ['Content-Encoding', 'gzip', 'Vary', 'Accept-Encoding'];

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
/** Bytes that are compressed already, and events, which must not wait for more of their kind. */
const denseTypes =
  /^(?:image\/(?!svg)|audio\/|video\/|text\/event-stream|application\/(?:zip|gzip|x-gzip|compress|brotli|bzip2|x-bzip2|x-xz|zstd|x-rar-compressed|x-7z-compressed))/;

/**
 * Compresses replies of mocks for clients that ask for gzip, as WireMock does: whole successes that have a body, no Content-Encoding
 * of their own, and a type that is worth it. Journal and matching never see it.
 */
@Injectable()
export class ReplyEncoding {
  private readonly compressed = new TwoGenerations<Uint8Array, Uint8Array>(keptBytes);

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Whether the call gets a reply compressed. */
  applies({ head, incoming }: Call, { status, headers, length }: ReplyShape): boolean {
    return (
      head.acceptsGzip &&
      this.config.gzipsReplies &&
      length > 0 &&
      status >= 200 &&
      status < 300 &&
      status !== 204 &&
      status !== 206 && // its Content-Range counts the bytes of another representation (RFC 9110, 14.4)
      methods.has(incoming.method ?? '') &&
      headerOf(headers, 'content-encoding') === undefined &&
      !denseTypes.test(mimeOf(headerOf(headers, 'content-type') ?? ''))
    );
  }

  /** Writes the reply as the client gets it. `isShared`: others get the same bytes, so that they are compressed once. */
  deliver(
    call: Call,
    reply: WholeReply,
    { delivery, isShared }: { readonly delivery: Delivery | undefined; readonly isShared: boolean },
  ): void | Promise<void> {
    const { incoming, outgoing } = call;
    const { status, headers, body } = reply;
    if (!this.applies(call, { status, headers, length: body.length }))
      return deliver(incoming, outgoing, reply, delivery);
    const bytes = isShared ? this.compressedOnce(body) : compress(body);
    return bytes instanceof Promise
      ? bytes.then(later => deliver(incoming, outgoing, encoded(reply, later), delivery))
      : deliver(incoming, outgoing, encoded(reply, bytes), delivery);
  }

  private compressedOnce(body: Uint8Array): Awaitable<Uint8Array> {
    const known = this.compressed.get(body);
    if (known !== undefined) return known;
    const keep = (bytes: Uint8Array): Uint8Array => {
      this.compressed.set(body, bytes, body.length + bytes.length);
      return bytes;
    };
    const bytes = compress(body);
    return bytes instanceof Promise ? bytes.then(keep) : keep(bytes);
  }
}

export interface ReplyShape {
  readonly status: number;
  readonly headers: readonly string[];
  readonly length: number;
}

function compress(body: Uint8Array): Awaitable<Uint8Array> {
  return body.length > atOnceBytes
    ? gzipLater(body, { level: constants.Z_BEST_SPEED })
    : gzipSync(body, optionsFor(body));
}

/** zlib takes 256 KB for its tables, whatever the body; a short one needs little of that. */
function optionsFor({ length }: Uint8Array): ZlibOptions {
  return length > 4_096 ? {} : { windowBits: 12, memLevel: 5 };
}

function encoded(reply: WholeReply, body: Uint8Array): WholeReply {
  return { ...reply, headers: [...reply.headers, ...gzipHeaders], body };
}
