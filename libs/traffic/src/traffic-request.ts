import { IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/** How reading a body ended: `too-large` is over the caller's limit, `gone` the client before the end. */
export type BodyReading =
  { readonly kind: 'read'; readonly body: Uint8Array } | { readonly kind: 'too-large' } | { readonly kind: 'gone' };

type Taker = (reading: BodyReading) => void;

/** Held before anybody asks for the body; then the socket waits. */
const maxHeldBytes = 65_536;

const gone: BodyReading = { kind: 'gone' };

/**
 * A request whose body can be taken whole, straight from the parser. Most bodies are matched, so they are needed in one piece, and
 * Node's stream costs more than all else about a short one. It becomes a stream like any other when somebody reads it as one.
 */
export class TrafficRequest extends IncomingMessage {
  private held: Buffer[] = [];
  private heldBytes = 0;
  private isAllHere = false;
  private isStream = false;
  private isTaken = false;
  private taker: Taker | undefined;
  private maxBytes = 0;
  private wantsUpgrade?: boolean;
  /** Closes when the client leaves, also while it waits for others of its connection: Node 20 closes only the one whose turn it is. */
  reply: ServerResponse | undefined;

  /**
   * A request for another protocol counts as one only if it asks for a WebSocket: all else, such as the h2c that Java's HTTP client asks
   * for each time, is served as HTTP/1.1, which a server may do (RFC 9110, 7.8). Node 20 decides for all requests alike, by whether
   * anybody listens to `upgrade`; but it looks at this property first.
   */
  get upgrade(): boolean {
    return this.wantsUpgrade === true && (this.method === 'CONNECT' || asksForWebSocket(this.rawHeaders));
  }

  set upgrade(wanted: boolean | null) {
    if (wanted === true) this.wantsUpgrade = true;
  }

  /** Calls back once: with the body, or as soon as it is over so many bytes or the client has left. Before anybody reads the stream. */
  takeBody(maxBytes: number, taker: Taker): void {
    if (this.destroyed) return taker(gone);
    this.taker = taker;
    this.maxBytes = maxBytes;
    if (this.heldBytes > maxBytes) this.finish({ kind: 'too-large' });
    else if (this.isAllHere) this.finish(this.wholeBody());
    else if (this.heldBytes >= maxHeldBytes) super._read(0); // the socket waits
  }

  /** What the parser calls with each piece of the body, and with null after the last. False: enough for now. */
  override push(chunk: Buffer | null): boolean {
    if (this.isStream) return super.push(chunk);
    if (chunk === null) return this.end();
    if (this.isTaken) return true; // of a body that was too large
    this.held.push(chunk);
    this.heldBytes += chunk.length;
    if (this.taker === undefined) return this.heldBytes < maxHeldBytes;
    if (this.heldBytes > this.maxBytes) this.finish({ kind: 'too-large' });
    return true;
  }

  private end(): boolean {
    this.isAllHere = true;
    if (this.taker !== undefined) this.finish(this.wholeBody());
    else if (this.heldBytes === 0) this.leaveNothing();
    return true;
  }

  private finish(reading: BodyReading): void {
    const taker = this.taker!;
    this.taker = undefined;
    this.isTaken = true;
    this.held = [];
    if (this.isAllHere) this.leaveNothing();
    taker(reading);
  }

  private wholeBody(): BodyReading {
    const [first] = this.held;
    const body = this.held.length === 1 ? first! : Buffer.concat(this.held, this.heldBytes);
    return { kind: 'read', body };
  }

  /** Tells Node that it need not read the rest when the reply is out. */
  private leaveNothing(): void {
    (this as unknown as { _consuming: boolean })._consuming = true;
  }

  /** Node's stream asks for data: somebody reads it. */
  override _read(size: number): void {
    if (!this.isStream) this.becomeStream();
    super._read(size);
  }

  private becomeStream(): void {
    this.isStream = true;
    for (const chunk of this.held) super.push(chunk);
    this.held = [];
    if (this.isAllHere) super.push(null);
  }

  /** Whether the body was taken whole, or there is none, and the stream was left alone. */
  get isDone(): boolean {
    return this.isAllHere && !this.isStream && (this.isTaken || this.heldBytes === 0);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    super._destroy(error, callback);
    if (this.taker !== undefined) this.finish(gone);
    if (error !== null) this.closeWaitingReply();
  }

  private closeWaitingReply(): void {
    const { reply } = this;
    if (reply === undefined || reply.socket !== null || reply.destroyed) return;
    reply.destroy();
    process.nextTick(closeOnce, reply);
  }
}

/** Newer versions of Node have done it a moment before. */
function closeOnce(reply: ServerResponse & { _closed?: boolean }): void {
  if (reply.closed) return;
  reply._closed = true;
  reply.emit('close');
}

const streamHasEnded = Object.getOwnPropertyDescriptor(Readable.prototype, 'readableEnded')!;

// TypeScript takes it for a field, which an accessor may not replace.
Object.defineProperty(TrafficRequest.prototype, 'readableEnded', {
  get(this: TrafficRequest): boolean {
    return this.isDone || (streamHasEnded.get!.call(this) as boolean);
  },
});

function asksForWebSocket(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.toLowerCase() === 'upgrade') return rawHeaders[i + 1]!.toLowerCase() === 'websocket';
  return false;
}
