import { SpanKind } from '@opentelemetry/api';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { type MockRequest } from '@mock-server/engine';
import { MetricsRegistry } from '@mock-server/metrics';
import { type ForwardRequest } from '@mock-server/proxy';
import { BackendSpan } from './backend-span';
import { type Outcome, type Reported } from './call';
import { type OpenSpan, OtlpSpans, type TraceHeaders } from './otlp-spans';

/** A request of the admin API that was answered. */
export interface AdminCall {
  readonly method: string;
  /** The template of its path: the path itself may name what is nobody else's business. */
  readonly route: string;
  readonly status: number;
  readonly tookMs: number;
  readonly headers: TraceHeaders;
}

/**
 * Trace spans, where the operator named a collector: one for each request on the traffic port, one for each call to a backend within it,
 * one for each request of the admin API. Attributes are those of OpenTelemetry's semantic conventions for HTTP, and which mock answered.
 * Without a collector none is made.
 */
@Injectable()
export class Traces implements OnModuleInit, OnApplicationShutdown {
  private readonly spans: OtlpSpans | undefined;
  /** Requests that asked a backend: their spans begin before they are over. */
  private readonly begun = new WeakMap<Reported, OpenSpan>();

  constructor(
    private readonly registry: MetricsRegistry,
    @Inject(CONFIG) { tracing }: Config,
  ) {
    this.spans = tracing === undefined ? undefined : new OtlpSpans(tracing);
  }

  onModuleInit(): void {
    const { spans } = this;
    if (spans === undefined) return;
    this.registry.counter(
      'trace_spans_dropped_total',
      'Trace spans that the collector did not take.',
      () => spans.lost,
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.spans?.close();
  }

  get areOn(): boolean {
    return this.spans !== undefined;
  }

  /** @param tookMs until the reply was ready to go */
  add(call: Reported, { request, source, mock, reply }: Outcome, tookMs: number): void {
    if (this.spans === undefined) return;
    const span = this.begun.get(call) ?? beginRequest(this.spans, call, request);
    const route = mock === undefined ? {} : { 'mock_server.mock.id': mock.id, 'mock_server.mock.name': mock.name };
    span.end({
      name: mock === undefined ? request.method : `${request.method} ${mock.name ?? mock.id}`,
      tookMs,
      attributes: {
        'http.request.method': request.method,
        'http.response.status_code': reply.status,
        'url.path': request.path,
        'url.scheme': request.scheme,
        ...networkOf(request),
        'mock_server.source': source,
        'mock_server.workspace': call.workspace.slug,
        ...route,
        ...(reply.fault === undefined ? {} : { 'mock_server.fault': reply.fault }),
      },
      isError: reply.status >= 500 || reply.fault !== undefined,
    });
  }

  /** What is asked of a backend for a request. Undefined: nothing is traced. */
  beginBackendCall(call: Reported, request: MockRequest, asked: ForwardRequest): BackendSpan | undefined {
    if (this.spans === undefined) return undefined;
    const around = this.begun.get(call) ?? beginRequest(this.spans, call, request);
    this.begun.set(call, around);
    return new BackendSpan(this.spans, around, asked);
  }

  addAdmin({ method, route, status, tookMs, headers }: AdminCall): void {
    this.spans?.begin({ kind: SpanKind.SERVER, startedAt: Date.now() - tookMs, parent: headers }).end({
      name: `${method} ${route}`,
      tookMs,
      attributes: { 'http.request.method': method, 'http.response.status_code': status, 'http.route': route },
      isError: status >= 500,
    });
  }
}

function beginRequest(spans: OtlpSpans, { receivedAt }: Reported, request: MockRequest): OpenSpan {
  const parent = { traceparent: request.header('traceparent')[0], tracestate: request.header('tracestate')[0] };
  return spans.begin({ kind: SpanKind.SERVER, startedAt: receivedAt, parent });
}

function networkOf({ host, port, clientIp, httpVersion }: MockRequest): Record<string, string | number> {
  return {
    'server.address': host,
    'server.port': port,
    'client.address': clientIp,
    'network.protocol.version': httpVersion,
  };
}
