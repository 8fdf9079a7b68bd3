import { ROOT_CONTEXT, type Attributes, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { type TracingConfig } from '@mock-server/config';

/** One request that is over. */
export interface FinishedSpan {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly tookMs: number;
  /** The request's own `traceparent` and `tracestate`, which make it a part of its client's trace. */
  readonly carrier: Readonly<Record<string, string | undefined>>;
  readonly attributes: Attributes;
  readonly isError: boolean;
}

/** A collector that does not answer in this time gets the next batch. */
const exportTimeoutMs = 5_000;
/** How long the end of the server waits for the last spans. */
const lastFlushMs = 2_000;

const carrierGetter = {
  get: (carrier: FinishedSpan['carrier'], name: string): string | undefined => carrier[name],
  keys: (carrier: FinishedSpan['carrier']): string[] => Object.keys(carrier),
};

/**
 * Sends spans to an OpenTelemetry collector, in batches, as OTLP over HTTP. At most 2,048 wait; more are dropped, as OpenTelemetry's
 * batch processor does, and a batch that the collector does not take is lost and counted.
 */
export class OtlpSpans {
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;
  private readonly propagator = new W3CTraceContextPropagator();
  /** Spans that the collector did not take. */
  lost = 0;

  constructor({ url, headers, serviceName, sampler, share }: TracingConfig) {
    const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: exportTimeoutMs });
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': serviceName }),
      sampler: samplerOf(sampler, share),
      spanProcessors: [new BatchSpanProcessor({ exporter: this.counting(exporter) })],
    });
    this.tracer = this.provider.getTracer('mock-server');
  }

  add({ name, startedAt, tookMs, carrier, attributes, isError }: FinishedSpan): void {
    const parent = this.propagator.extract(ROOT_CONTEXT, carrier, carrierGetter);
    const span = this.tracer.startSpan(name, { kind: SpanKind.SERVER, startTime: startedAt, attributes }, parent);
    if (isError) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(startedAt + tookMs);
  }

  /** Sends what waits, for a moment. */
  async close(): Promise<void> {
    const shutdown = this.provider.shutdown().catch(() => undefined);
    await Promise.race([shutdown, new Promise(resolve => setTimeout(resolve, lastFlushMs).unref())]);
  }

  private counting(exporter: OTLPTraceExporter): SpanExporter {
    return {
      export: (spans, done) =>
        exporter.export(spans, result => {
          if (result.error !== undefined) this.lost += spans.length;
          done(result);
        }),
      shutdown: () => exporter.shutdown(),
      forceFlush: () => exporter.forceFlush(),
    };
  }
}

function samplerOf(name: TracingConfig['sampler'], share: number): Sampler {
  const root = rootSampler(name.replace('parentbased_', ''), share);
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, share: number): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler();
  return name === 'traceidratio' ? new TraceIdRatioBasedSampler(share) : new AlwaysOnSampler();
}
