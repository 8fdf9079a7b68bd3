import { type Duplex, type Readable } from 'node:stream';
import { type Dispatcher } from 'undici';
import { type BackendFailure, failureOf } from './backend-failure';
import { clientGone } from './lent-body';
import { ReplyBody } from './reply-body';
import { passReplyHeaders, passStatusMessage, readRawHeaders } from './reply-head';

/** A backend's reply: its head, and its body as it comes in. */
export interface BackendReply {
  readonly kind: 'answered';
  readonly status: number;
  readonly statusMessage: string;
  /** Name, value, name, value, …: case and number kept, hop-by-hop fields removed. */
  readonly rawHeaders: string[];
  /** Fails when the backend breaks off: what came so far is not the whole. Destroy it to close the connection. */
  readonly body: ReplyBody;
  /** Name, value, …; empty until the body has ended. */
  readonly trailers: () => readonly string[];
}

/** The backend speaks another protocol from here on. */
export interface BackendUpgrade {
  readonly kind: 'upgraded';
  /** Of the 101; hop-by-hop fields removed. */
  readonly rawHeaders: string[];
  /** The connection to the backend. Whoever gets it closes it. */
  readonly socket: Duplex;
}

export interface ExchangeOptions {
  readonly origin: string;
  readonly signal: AbortSignal;
  readonly lentBody: Readable | undefined;
  /** Called once, when the connection is free again or gone. */
  readonly onSettled: () => void;
}

/** More 103s and the like than that are no reply. */
const maxInformational = 16;

/** One request to a backend, as undici tells it. */
export class BackendExchange<Upgrade extends BackendUpgrade = never> implements Dispatcher.DispatchHandler {
  readonly outcome: Promise<BackendReply | BackendFailure | Upgrade>;
  private resolve!: (outcome: BackendReply | BackendFailure | Upgrade) => void;
  private controller: Dispatcher.DispatchController | undefined;
  private body: ReplyBody | undefined;
  private trailers: readonly string[] = [];
  private informational = 0;
  private isSettled = false;
  private abortedBy: Error | undefined;

  constructor(private readonly options: ExchangeOptions) {
    this.outcome = new Promise(resolve => (this.resolve = resolve));
    if (options.signal.aborted) this.onClientGone();
    else options.signal.addEventListener('abort', this.onClientGone);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.abortedBy !== undefined) controller.abort(this.abortedBy);
  }

  /** Comes only where the request asked for it. */
  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    _status: number,
    _headers: unknown,
    socket: Duplex,
  ): void {
    this.settle();
    const rawHeaders = passReplyHeaders(readRawHeaders(controller.rawHeaders));
    if (rawHeaders === undefined || this.options.signal.aborted) return void socket.destroy();
    this.resolve({ kind: 'upgraded', rawHeaders, socket } as BackendUpgrade as Upgrade);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusMessage?: string,
  ): void {
    if (status < 200) {
      if (status < 100 || ++this.informational > maxInformational) controller.abort(invalidReply());
      return;
    }
    const rawHeaders = passReplyHeaders(readRawHeaders(controller.rawHeaders));
    if (rawHeaders === undefined) return controller.abort(invalidReply());
    this.body = new ReplyBody({ resume: () => controller.resume(), abort: reason => this.abort(reason) });
    this.resolve({
      kind: 'answered',
      status,
      statusMessage: passStatusMessage(status, statusMessage),
      rawHeaders,
      body: this.body,
      trailers: () => this.trailers,
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.body?.push(chunk) === false) controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.trailers = passReplyHeaders(readRawHeaders(controller.rawTrailers)) ?? [];
    this.body?.complete();
    this.settle();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.resolve(failureOf(this.abortedBy ?? error, this.options.origin));
    this.settle();
    this.body?.destroy(error);
    this.options.lentBody?.destroy();
  }

  private readonly onClientGone = (): void => {
    const reason = clientGone();
    if (this.body === undefined) this.abort(reason);
    else this.body.destroy(reason);
    this.resolve(failureOf(reason, this.options.origin)); // also when undici still waits for a connection
    this.options.lentBody?.destroy(reason);
  };

  private abort(reason: Error): void {
    if (this.isSettled) return;
    this.abortedBy = reason;
    this.controller?.abort(reason);
  }

  private settle(): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.options.signal.removeEventListener('abort', this.onClientGone);
    this.options.onSettled();
  }
}

function invalidReply(): Error {
  return Object.assign(new Error('The reply is not valid HTTP'), { code: 'BACKEND_INVALID' });
}
