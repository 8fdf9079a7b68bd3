import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { type MockRequest } from '@mock-server/engine';
import { MetricsRegistry } from '@mock-server/metrics';
import { type Outcome, type Reported } from './call';
import { OtlpSpans } from './otlp-spans';

/**
 * A trace span for each request on the traffic port, where the operator named a collector. Attributes are those of OpenTelemetry's
 * semantic conventions for HTTP, and which mock answered. Without a collector nothing of OpenTelemetry is loaded.
 */
@Injectable()
export class Traces implements OnModuleInit, OnApplicationShutdown {
  private readonly spans: OtlpSpans | undefined;

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
  add({ workspace, receivedAt }: Reported, { request, source, mock, reply }: Outcome, tookMs: number): void {
    const route = mock === undefined ? {} : { 'mock_server.mock.id': mock.id, 'mock_server.mock.name': mock.name };
    this.spans?.add({
      name: mock === undefined ? request.method : `${request.method} ${mock.name ?? mock.id}`,
      startedAt: receivedAt,
      tookMs,
      carrier: { traceparent: request.header('traceparent')[0], tracestate: request.header('tracestate')[0] },
      attributes: {
        'http.request.method': request.method,
        'http.response.status_code': reply.status,
        'url.path': request.path,
        'url.scheme': request.scheme,
        ...networkOf(request),
        'mock_server.source': source,
        'mock_server.workspace': workspace.slug,
        ...route,
        ...(reply.fault === undefined ? {} : { 'mock_server.fault': reply.fault }),
      },
      isError: reply.status >= 500 || reply.fault !== undefined,
    });
  }
}

function networkOf({ host, port, clientIp, httpVersion }: MockRequest): Record<string, string | number> {
  return {
    'server.address': host,
    'server.port': port,
    'client.address': clientIp,
    'network.protocol.version': httpVersion,
  };
}
