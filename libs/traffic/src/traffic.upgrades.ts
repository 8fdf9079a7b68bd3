import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';
import { type Duplex } from 'node:stream';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { MetricsRegistry } from '@mock-server/metrics';
import { BackendClient, type BackendReply } from '@mock-server/proxy';
import { problemReply } from './plain-problem';
import { rawHead } from './raw-head';
import { Reporter } from './reporter';
import { requestOf } from './request-of';
import { Traces } from './traces';
import { UpgradeDoor, type Upgrading } from './upgrade-door';

/** Open at once, a replica: each holds two sockets and their buffers. */
const maxOpen = 2_000;
/** Finds out that the other end is gone though nothing said so. */
const keepAliveMs = 30_000;

/** WebSocket connections that no mock answers: passed to the workspace's backend and then left to both ends, byte for byte. */
@Injectable()
export class TrafficUpgrades implements OnModuleInit {
  private readonly logger = new Logger('Traffic');
  private readonly open = new Set<Socket>();
  private total = 0;

  constructor(
    private readonly door: UpgradeDoor,
    private readonly backends: BackendClient,
    private readonly reporter: Reporter,
    private readonly registry: MetricsRegistry,
    private readonly traces: Traces,
  ) {}

  onModuleInit(): void {
    this.registry.gauge('websockets', 'WebSocket connections to backends that are open.', () => this.open.size);
    this.registry.counter('websockets_total', 'WebSocket connections to backends.', () => this.total);
  }

  /** False when the request is to be served like any other: a mock answers it, or no backend would. */
  receive(incoming: IncomingMessage, socket: Socket, rest: Buffer): boolean {
    const upgrading = this.open.size >= maxOpen ? undefined : this.door.admit(incoming, socket);
    if (upgrading === undefined) return false;
    if (rest.length > 0) socket.unshift(rest);
    this.open.add(socket);
    socket.once('close', () => this.open.delete(socket));
    this.pass(upgrading).catch((error: unknown) => {
      socket.destroy();
      this.logger.error({ message: 'a WebSocket failed', stack: error instanceof Error ? error.stack : String(error) });
    });
    return true;
  }

  /** The server goes down: clients connect anew, elsewhere. */
  closeAll(): void {
    for (const socket of this.open) socket.destroy();
  }

  private async pass(upgrading: Upgrading): Promise<void> {
    const { incoming, socket, head, workspace } = upgrading;
    const request = requestOf({ incoming, head });
    const clientGone = new AbortController();
    const onClose = (): void => clientGone.abort();
    socket.once('close', onClose);
    const asked = {
      backendUrl: workspace.settings.backendUrl!,
      backend: workspace.settings.backend,
      method: request.method,
      url: head.url,
      rawHeaders: request.rawHeaders,
      body: undefined,
      clientIp: request.clientIp,
      scheme: request.scheme,
      host: head.host ?? request.host,
      signal: clientGone.signal,
    };
    const span = this.traces.beginBackendCall(upgrading, request, asked);
    const result = await this.backends.upgrade(span?.request ?? asked, 'websocket');
    span?.end(result);
    socket.off('close', onClose);
    if (result.kind === 'failed') return this.refuse(upgrading, result.problem, result.detail);
    if (result.kind === 'answered') return this.answer(upgrading, result);
    this.report(upgrading, 101, result.rawHeaders, 'WebSocket');
    if (socket.destroyed) return void result.socket.destroy();
    this.total++;
    writeHead(socket, 101, undefined, [...result.rawHeaders, 'Connection', 'Upgrade', 'Upgrade', 'websocket']);
    join(socket, result.socket as Socket);
  }

  private refuse(upgrading: Upgrading, ...[problem, detail]: Parameters<typeof problemReply>): void {
    const { status, headers, body } = problemReply(problem, detail);
    this.report(upgrading, status, headers, detail);
    const framed = [...headers, 'Content-Length', String(body.length), 'Connection', 'close'];
    writeHead(upgrading.socket, status, undefined, framed);
    upgrading.socket.end(body);
  }

  /** The backend does not want to: its answer ends with the connection. */
  private answer(upgrading: Upgrading, reply: BackendReply): void {
    const { socket } = upgrading;
    this.report(upgrading, reply.status, reply.rawHeaders, 'the backend did not upgrade');
    writeHead(socket, reply.status, reply.statusMessage, [...reply.rawHeaders, 'Connection', 'close']);
    reply.body.once('error', () => socket.destroy());
    socket.once('close', () => reply.body.destroy());
    reply.body.pipe(socket);
  }

  private report(upgrading: Upgrading, status: number, headers: readonly string[], note: string): void {
    this.reporter.log(upgrading, {
      request: requestOf(upgrading),
      source: 'proxy',
      reply: { status, headers, body: new Uint8Array(0), ownsBody: true },
      note,
    });
  }
}

function writeHead(socket: Socket, ...head: Parameters<typeof rawHead>): void {
  socket.write(rawHead(...head), 'latin1');
}

/** Each end reads as fast as the other takes it, and hears when the other is done or gone. */
function join(client: Socket, backend: Socket): void {
  for (const [one, other] of [
    [client, backend],
    [backend, client],
  ] as const) {
    one.setKeepAlive(true, keepAliveMs);
    one.setTimeout(0);
    one.setNoDelay(true);
    one.once('error', () => other.destroy());
    one.once('close', () => other.destroySoon());
    (one as Duplex).pipe(other);
  }
}
