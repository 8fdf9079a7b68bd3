import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { startRawBackend, type RawBackend } from '../support/raw-backend';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

interface Span {
  readonly spanId: string;
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly status: { readonly code?: number };
}

/** Takes OTLP over HTTP in JSON, as a collector does. */
class Collector {
  readonly spans: Span[] = [];
  readonly services = new Set<unknown>();
  readonly keys = new Set<unknown>();
  answer = 200;
  private server: Server | undefined;

  async start(): Promise<void> {
    this.server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        if (this.answer === 200 && incoming.url === '/otel/v1/traces') this.take(Buffer.concat(chunks).toString());
        this.keys.add(incoming.headers['x-key']);
        outgoing.writeHead(this.answer, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>(resolve => this.server!.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}/otel`;
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  private take(text: string): void {
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a stranger's document
    for (const { resource, scopeSpans } of JSON.parse(text).resourceSpans as any[]) {
      this.services.add(attributesOf(resource)['service.name']);
      for (const { spans } of scopeSpans) this.spans.push(...spans);
    }
  }
}

function attributesOf({ attributes }: Pick<Span, 'attributes'>): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

const collector = new Collector();
let server: ScratchServer | undefined;

beforeAll(() => collector.start());
afterAll(() => collector.stop());
beforeEach(() => {
  collector.spans.length = 0;
  collector.answer = 200;
});
afterEach(() => server?.remove());

const mocks = [
  { name: 'mock /a', request: { urlPath: '/a' }, response: { body: 'a' } },
  { name: 'mock /broken', request: { urlPath: '/broken' }, response: { status: 503 } },
];

async function start(env: Record<string, string> = {}): Promise<ScratchServer> {
  server = await startScratchServer({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env });
  for (const body of mocks) await call(server.url, 'POST /__admin/mappings', { body });
  return server;
}

/** Those of traffic. */
function requestSpans(): Span[] {
  return collector.spans.filter(span => attributesOf(span)['http.route'] === undefined);
}

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = (isSampled: boolean): string => `00-${traceId}-b7ad6b7169203331-0${isSampled ? 1 : 0}`;

it('each request becomes a span of its client’s trace, with what answered it', async () => {
  const { url } = await start({ OTEL_EXPORTER_OTLP_HEADERS: 'X-Key=s%20ecret', OTEL_SERVICE_NAME: 'mocks' });
  await call(url, 'GET /a?token=1', { headers: { traceparent: traceparent(true) } });
  await call(url, 'POST /broken', { body: {} });
  await call(url, 'GET /none');
  expect(await server!.stop()).toBe(0); // what waits is sent at the end
  const [hit, broken, miss] = requestSpans();
  expect(requestSpans()).toHaveLength(3);
  expect(hit).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331', name: 'GET mock /a', kind: 2 });
  expect(attributesOf(hit!)).toMatchObject({
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'url.path': '/a',
    'mock_server.source': 'mock',
    'mock_server.workspace': 'default',
    'mock_server.mock.name': 'mock /a',
  });
  expect(JSON.stringify(hit)).not.toContain('token');
  const tookNs = BigInt(hit!.endTimeUnixNano) - BigInt(hit!.startTimeUnixNano);
  expect(tookNs).toBeGreaterThan(0n);
  expect(tookNs).toBeLessThan(5_000_000_000n);
  expect(broken).toMatchObject({ name: 'POST mock /broken', status: { code: 2 } });
  expect(broken!.traceId).not.toBe(traceId);
  expect(miss).toMatchObject({ name: 'GET' });
  expect(attributesOf(miss!)).toMatchObject({ 'http.response.status_code': 404, 'mock_server.source': 'none' });
  expect([...collector.services]).toEqual(['mocks']);
  expect([...collector.keys]).toEqual(['s ecret']);
});

describe('a call to a backend', () => {
  let backend: RawBackend;

  beforeEach(async () => (backend = await startRawBackend()));
  afterEach(() => backend.close());

  const startBefore = async (target: string): Promise<ScratchServer> => {
    const started = await start({ OUTBOUND_ALLOW: '127.0.0.1' });
    await call(started.url, 'POST /__admin/mappings', {
      body: {
        name: 'passes on',
        request: { urlPathPattern: '/pass/.*' },
        response: { proxyBaseUrl: `${target}/base`, fixedDelayMilliseconds: 300 },
      },
    });
    return started;
  };
  const headerAtBackend = (name: string): string | undefined =>
    backend.requests[0]!.headers.find(line => line.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2);

  it('is a span within the request’s, and the backend’s own spans go on from it', async () => {
    const { url } = await startBefore(backend.url);
    const headers = { traceparent: traceparent(true), tracestate: 'shop=1' };
    expect((await call(url, 'GET /pass/on?token=1', { headers })).text).toBe('ok');
    await server!.stop();
    const [asked, request] = requestSpans();
    expect(request).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331', name: 'GET passes on', kind: 2 });
    expect(asked).toMatchObject({ traceId, parentSpanId: request!.spanId, name: 'GET', kind: 3 });
    expect(attributesOf(asked!)).toMatchObject({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'url.full': `${backend.url}/base/pass/on`,
    });
    expect(JSON.stringify([asked, request])).not.toContain('token');
    const tookMs = Number(BigInt(asked!.endTimeUnixNano) - BigInt(asked!.startTimeUnixNano)) / 1e6;
    expect(tookMs).toBeLessThan(300); // the delay is the mock's, not the backend's
    expect([headerAtBackend('traceparent'), headerAtBackend('tracestate')]).toEqual([
      `00-${traceId}-${asked!.spanId}-01`,
      'shop=1',
    ]);
  });

  it('of a request that is not sampled is none, and the backend hears so', async () => {
    const { url } = await startBefore(backend.url);
    await call(url, 'GET /pass/on', { headers: { traceparent: traceparent(false) } });
    await server!.stop();
    expect(requestSpans()).toEqual([]);
    expect(headerAtBackend('traceparent')).toMatch(new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-00$`));
  });

  it('that fails says why', async () => {
    backend.answer = socket => socket.destroy();
    const { url } = await startBefore(backend.url);
    expect((await call(url, 'GET /pass/on')).status).toBe(502);
    await server!.stop();
    const [asked, request] = requestSpans();
    expect(attributesOf(asked!)).toMatchObject({
      'error.type': 'backend-unreachable',
      'server.port': Number(new URL(backend.url).port),
    });
    expect([asked!.status, request!.status]).toMatchObject([{ code: 2 }, { code: 2 }]);
  });
});

it('requests of the admin API are spans by their route, without what is in their path; probes are none', async () => {
  const { url, consoleUrl } = await start();
  const headers = { traceparent: traceparent(true) };
  await call(url, 'GET /__admin/mappings/00000000-0000-4000-8000-000000000000?token=1', { headers });
  await call(consoleUrl, 'GET /health/live');
  await call(consoleUrl, 'GET /metrics');
  await server!.stop();
  const routes = collector.spans.map(span => span.name);
  expect(new Set(routes)).toEqual(new Set(['POST /__admin/mappings', 'GET /__admin/mappings/:id']));
  const asked = collector.spans.find(span => span.traceId === traceId)!;
  expect(asked).toMatchObject({ parentSpanId: 'b7ad6b7169203331', name: 'GET /__admin/mappings/:id', kind: 2 });
  expect(attributesOf(asked)).toMatchObject({
    'http.route': '/__admin/mappings/:id',
    'http.response.status_code': 404,
  });
  expect(JSON.stringify(collector.spans)).not.toMatch(/token|8000-000000000000/);
});

it('a client that is not sampled is not traced, unless the sampler says so', async () => {
  const { url } = await start();
  await call(url, 'GET /a', { headers: { traceparent: traceparent(false) } });
  await call(url, 'GET /a', { headers: { traceparent: 'nonsense' } });
  await server!.stop();
  expect(requestSpans().map(span => span.traceId === traceId)).toEqual([false]);
});

it('a share of nothing traces nothing', async () => {
  const { url } = await start({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' });
  await call(url, 'GET /a', { headers: { traceparent: traceparent(true) } });
  await server!.stop();
  expect(collector.spans).toEqual([]);
});

it('a collector that refuses costs its spans, which are counted, and nothing else', async () => {
  collector.answer = 400;
  const { url, consoleUrl } = await start();
  for (let i = 0; i < 20; i++) expect((await call(url, 'GET /a')).text).toBe('a');
  const lost = async (): Promise<number> =>
    Number(/^trace_spans_dropped_total (\d+)/m.exec((await call(consoleUrl, 'GET /metrics')).text)?.[1]);
  await eventually(async () => (await lost()) === 20 + mocks.length);
  expect(await server!.stop()).toBe(0);
});

it('a collector that is gone holds neither requests nor the end up', async () => {
  const { url } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  expect((await call(url, 'GET /a')).text).toBe('a');
  const begin = performance.now();
  expect(await server!.stop()).toBe(0);
  expect(performance.now() - begin).toBeLessThan(4_000);
});
