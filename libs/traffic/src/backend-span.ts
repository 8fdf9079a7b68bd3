import { SpanKind } from '@opentelemetry/api';
import { withoutHeaders } from '@mock-server/engine';
import { addressOf, type BackendUpgrade, type ForwardRequest, type ForwardResult } from '@mock-server/proxy';
import { type OpenSpan, type OtlpSpans } from './otlp-spans';

/** A call to a backend, from when it is asked until its reply begins. Tries and redirects are a part of it. */
export class BackendSpan {
  private readonly span: OpenSpan;
  private readonly startedAt = performance.now();
  /** The request as a part of the trace. */
  readonly request: ForwardRequest;

  constructor(spans: OtlpSpans, parent: OpenSpan, asked: ForwardRequest) {
    this.span = spans.begin({ kind: SpanKind.CLIENT, startedAt: Date.now(), parent });
    const { traceparent, tracestate } = spans.headersOf(this.span);
    const rawHeaders = withoutHeaders(asked.rawHeaders, name => name === 'traceparent' || name === 'tracestate');
    if (traceparent !== undefined) rawHeaders.push('traceparent', traceparent);
    if (tracestate !== undefined) rawHeaders.push('tracestate', tracestate);
    this.request = { ...asked, rawHeaders };
  }

  end(result: ForwardResult | BackendUpgrade): void {
    const { method } = this.request;
    const fate = fateOf(result);
    this.span.end({
      name: method,
      tookMs: performance.now() - this.startedAt,
      attributes: {
        'http.request.method': method,
        ...serverOf(addressOf(this.request)),
        ...fate,
      },
      isError: 'error.type' in fate,
    });
  }
}

function serverOf(address: URL | undefined): Record<string, string | number> {
  if (address === undefined) return {};
  const { hostname, port, protocol, href } = address;
  return {
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    'url.full': href,
  };
}

function fateOf(result: ForwardResult | BackendUpgrade): Record<string, string | number> {
  switch (result.kind) {
    case 'failed':
      return { 'error.type': result.problem };
    case 'upgraded':
      return { 'http.response.status_code': 101 };
    case 'answered': {
      const { status } = result;
      return { 'http.response.status_code': status, ...(status >= 400 && { 'error.type': `${status}` }) };
    }
  }
}
