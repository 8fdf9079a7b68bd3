import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
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

/** What makes a request a part of a trace. */
export interface TraceHeaders {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

export interface SpanStart {
  readonly kind: SpanKind;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** The headers that a request brought, or the span that asks. */
  readonly parent: TraceHeaders | OpenSpan;
}

export interface SpanEnd {
  readonly name: string;
  readonly tookMs: number;
  readonly attributes: Attributes;
  readonly isError: boolean;
}

/** A collector that does not answer in this time gets the next batch. */
const exportTimeoutMs = 5_000;
/** How long the end of the server waits for the last spans. */
const lastFlushMs = 2_000;

const headersGetter = {
  get: (headers: TraceHeaders, name: string): string | undefined => headers[name as keyof TraceHeaders],
  keys: (headers: TraceHeaders): string[] => Object.keys(headers),
};
const headersSetter = {
  set: (headers: Record<string, string>, name: string, value: string): void => void (headers[name] = value),
};

/** A request or a call that is under way. */
export class OpenSpan {
  constructor(
    private readonly span: Span,
    readonly context: Context,
    private readonly startedAt: number,
  ) {}

  end({ name, tookMs, attributes, isError }: SpanEnd): void {
    this.span.updateName(name).setAttributes(attributes);
    if (isError) this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.end(this.startedAt + tookMs);
  }
}

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

  begin({ kind, startedAt, parent }: SpanStart): OpenSpan {
    const around =
      parent instanceof OpenSpan ? parent.context : this.propagator.extract(ROOT_CONTEXT, parent, headersGetter);
    const span = this.tracer.startSpan('', { kind, startTime: startedAt }, around);
    return new OpenSpan(span, trace.setSpan(around, span), startedAt);
  }

  /** For what is asked of others meanwhile. */
  headersOf({ context }: OpenSpan): TraceHeaders {
    const headers: Record<string, string> = {};
    this.propagator.inject(context, headers, headersSetter);
    return headers;
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
