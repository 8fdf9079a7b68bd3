import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { PROBLEMS, type ProblemCode } from '@mock-server/http';
import { SESSION_HEADER } from '@mock-server/workspaces';
import { answerOnSocket } from './answer-on-socket';
import { rawHead } from './raw-head';
import { replyBatch } from './reply-batch';
import { sessionInCookie, splitAddressPrefix } from './request-head';
import { EventStreams } from './event-streams';
import { TrafficDoor } from './traffic.door';
import { TrafficUpgrades } from './traffic.upgrades';
import { TrafficRequest } from './traffic-request';
import { Webhooks } from './webhooks';

/** How long connections are left alone at most before listening ends, and how long those that are there may bring requests after it. */
const maxMomentMs = 500;
/** That much longer if clients are still there: a connection that is closed from here may have a request on its way. */
const maxExtraMs = 600;

/** One turn of the event loop accepts one connection; a turn as short as this brought none. */
const quietTurnMs = 0.2;
const maxTurns = 100;

export type HttpHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** In-flight replies get this long to finish once the server closes. */
const finishWithinMs = 15_000;

/** The traffic port: a node:http server of our own, so that every byte a client sends reaches matching as it was sent. */
@Injectable()
export class TrafficServer implements OnApplicationShutdown {
  private readonly server: Server<typeof TrafficRequest>;
  private adminHandler: HttpHandler | undefined;
  private isDraining = false;
  private asksToLeave = false;
  private closed: Promise<void> | undefined;

  constructor(
    private readonly door: TrafficDoor,
    private readonly upgrades: TrafficUpgrades,
    private readonly webhooks: Webhooks,
    private readonly streams: EventStreams,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    const { limits } = config;
    this.server = createServer(
      {
        maxHeaderSize: limits.maxHeaderBytes + limits.maxUrlBytes + 1_024,
        headersTimeout: limits.headersTimeoutMs,
        requestTimeout: limits.requestTimeoutMs,
        keepAliveTimeout: limits.keepAliveTimeoutMs,
        connectionsCheckingInterval: Math.min(1_000, limits.requestTimeoutMs),
        requireHostHeader: false,
        noDelay: true,
        IncomingMessage: TrafficRequest,
      },
      (incoming, outgoing) => this.receive(incoming, outgoing),
    );
    this.server.maxConnections = limits.maxConnections;
    this.server.maxHeadersCount = limits.maxHeaders + 1; // one more than allowed shows that there were too many
    this.server.on('clientError', answerClientError);
    this.server.on('upgrade', (incoming, socket, head) => this.receiveUpgrade(incoming, socket as Socket, head));
  }

  get connections(): number {
    return (this.server as unknown as { _connections: number })._connections;
  }

  /** The admin API answers here too, under its own paths, when the configuration exposes it on this port. */
  exposeAdmin(handler: HttpHandler): void {
    this.adminHandler = handler;
  }

  /** Resolves to the port, which the system chose if the configuration says 0. Rejects when it is taken. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ port: this.config.port, host: this.config.host, backlog: 1_024 }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    return this.port;
  }

  /** The port it listens on; 0 before it does. */
  get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? 0;
  }

  /**
   * Moves clients elsewhere over so many milliseconds, answering all that comes meanwhile: each reply asks its client to connect anew,
   * and streams end, for their clients connect anew by themselves. Then connections are left alone for a moment, so that a proxy that
   * has nowhere else to go keeps those it has and none waits to be accepted, for the system resets those that wait when listening ends,
   * with the POST they bring. At last nothing is accepted, and the connections that are there get a moment to bring their request.
   */
  async drain(ms: number): Promise<void> {
    const momentMs = Math.min(ms / 4, maxMomentMs);
    this.beginDraining();
    await wait(ms - 2 * momentMs);
    this.asksToLeave = false;
    await wait(momentMs);
    this.asksToLeave = true;
    await quietTurn();
    const closed = this.stopListening();
    await Promise.race([closed, wait(momentMs + Math.min(ms / 2, maxExtraMs))]);
  }

  private beginDraining(): void {
    this.isDraining = true;
    this.asksToLeave = true;
    this.streams.drain();
  }

  /** Stops accepting, lets in-flight replies and then their webhooks finish, then closes what is left. */
  async onApplicationShutdown(): Promise<void> {
    if (this.server.listening || this.closed !== undefined) await this.close();
    await this.webhooks.drain();
  }

  private async close(): Promise<void> {
    if (!this.isDraining) this.beginDraining();
    const closed = this.stopListening();
    this.server.close(() => undefined); // Node's own also ends the connections that are idle
    this.upgrades.closeAll();
    const timer = setTimeout(() => this.server.closeAllConnections(), finishWithinMs);
    await closed;
    clearTimeout(timer);
  }

  /** Takes no more connections, and leaves those that are there. Resolves when the last of them is closed. */
  private stopListening(): Promise<void> {
    return (this.closed ??= new Promise(resolve => void NetServer.prototype.close.call(this.server, () => resolve())));
  }

  private receiveUpgrade(incoming: TrafficRequest, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    // Nobody asks for a WebSocket before the answer to an earlier request is there.
    if ((socket as Socket & { _httpMessage?: unknown })._httpMessage != null) return void socket.destroy();
    const isTraffic = this.adminHandler === undefined || !isAdminPath(incoming.url ?? '/');
    if (isTraffic && !this.isDraining && this.upgrades.receive(incoming, socket, head)) return;
    answerOnSocket(incoming, socket, (request, outgoing) => this.receive(request, outgoing));
  }

  private receive(incoming: TrafficRequest, outgoing: ServerResponse): void {
    incoming.reply = outgoing;
    if (this.asksToLeave) outgoing.shouldKeepAlive = false;
    if (this.adminHandler !== undefined && isAdminPath(incoming.url ?? '/'))
      this.adminHandler(withSessionOfCookie(incoming), outgoing);
    else this.door.receive(incoming, outgoing);
  }
}

/** Until nobody seems to wait for being accepted. */
async function quietTurn(): Promise<void> {
  for (let turn = 0; turn < maxTurns; turn++) {
    const startedAt = performance.now();
    await nextTurn();
    if (performance.now() - startedAt < quietTurnMs) return;
  }
}

/**
 * A browser under test that has a session by cookie has it in its calls to `/__admin` here too. Not on the console's port, where the
 * same cookie arrives, for cookies ignore ports: who works in the console means the workspace.
 */
function withSessionOfCookie(incoming: IncomingMessage): IncomingMessage {
  const { headers } = incoming;
  const session = headers.cookie === undefined ? undefined : sessionInCookie(headers.cookie);
  if (session !== undefined) headers[SESSION_HEADER] ??= session;
  return incoming;
}

/** `/__admin…`, `/health…` and `/metrics`, also behind a workspace prefix. Exact and case-sensitive: anything else is traffic. */
export function isAdminPath(url: string): boolean {
  if (url.startsWith('/__w/')) return isBelow(splitAddressPrefix(url)?.url ?? '', '/__admin');
  return isBelow(url, '/__admin') || isBelow(url, '/health') || url === '/metrics' || url.startsWith('/metrics?');
}

function isBelow(url: string, folder: string): boolean {
  if (!url.startsWith(folder)) return false;
  const next = url[folder.length];
  return next === undefined || next === '/' || next === '?';
}

/**
 * What Node's parser refuses never becomes a request: it is answered on the bare socket, and the connection ends. Where the answer to
 * an earlier request is still on its way, or has begun, a second one would be taken for a part of it: the connection just ends.
 */
function answerClientError(error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket): void {
  replyBatch.flush(); // answers that are ready, to what came before
  const { _httpMessage: pending } = socket as Socket & { _httpMessage?: ServerResponse | null };
  const isOfEarlier = pending != null && (pending.headersSent || pending.req.complete);
  if (error.code === 'ECONNRESET' || !socket.writable || isOfEarlier) return void socket.destroy();
  const code = problemOf(error);
  const { status, title } = PROBLEMS[code];
  const body = JSON.stringify({ type: `urn:mock-server:problem:${code}`, title, status, code, detail: detailOf(code) });
  const headers = ['Content-Type', 'application/problem+json', 'Content-Length', String(Buffer.byteLength(body))];
  socket.end(rawHead(status, title, [...headers, 'Connection', 'close']) + body);
}

function problemOf(error: NodeJS.ErrnoException & { rawPacket?: Buffer }): ProblemCode {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout';
  if (error.code !== 'HPE_HEADER_OVERFLOW') return 'bad-request';
  const firstLineEnd = error.rawPacket?.indexOf('\r\n') ?? -1;
  return firstLineEnd < 0 ? 'uri-too-long' : 'headers-too-large';
}

function detailOf(code: ProblemCode): string {
  switch (code) {
    case 'request-timeout':
      return 'The request did not arrive whole in time (HEADERS_TIMEOUT_MS, REQUEST_TIMEOUT_MS).';
    case 'uri-too-long':
      return 'The URL is over the limit (MAX_URL_BYTES).';
    case 'headers-too-large':
      return 'The headers are over the limit (MAX_HEADER_BYTES).';
    default:
      return 'This is not a well-formed HTTP/1.1 request.';
  }
}
