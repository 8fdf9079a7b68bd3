import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Config } from '@mock-server/config';
import { Lifecycle } from '@mock-server/health';
import { fastifyOptions, setUpHttp, setUpSwagger } from '@mock-server/http';
import { TrafficMetrics } from '@mock-server/metrics';
import { MockCatalog } from '@mock-server/mocks';
import { type AdminCall, type HttpHandler, splitAddressPrefix, Traces, TrafficServer } from '@mock-server/traffic';
import { SESSION_HEADER, WORKSPACE_HEADER } from '@mock-server/workspaces';
import { AppModule } from './app.module';
import { apiSchemas } from './api-schemas';
import { apiTags } from './api-tags';
import { hostEngine } from './engine-host';
import { version } from './installation';

/** A server that listens on both its ports. */
export interface RunningServer {
  readonly app: NestFastifyApplication;
  readonly trafficPort: number;
  readonly consolePort: number;
  /** Fails readiness, goes on answering for `shutdownDelayMs`, finishes what is in flight, then closes everything. */
  stop(): Promise<void>;
}

/** Opens both doors over one Nest application: what `npm start` and every end-to-end test run. */
export async function startServer(config: Config, logger: LoggerService): Promise<RunningServer> {
  hostEngine(config);
  let adminHandler: HttpHandler | undefined;
  const adapter = new FastifyAdapter({
    ...fastifyOptions,
    serverFactory: (handler: HttpHandler) => {
      adminHandler = handler;
      return consoleServer(config, handler);
    },
    rewriteUrl: (incoming: IncomingMessage) => addressByHeader(incoming),
    routerOptions: { maxParamLength: 1_024 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.of(config), adapter, {
    logger,
    bodyParser: false,
    abortOnError: false,
  });
  setUpHttp(app, { maxBytes: config.limits.maxAdminBodyBytes });
  measureAdmin(app);
  setUpSwagger(app, { version, tags: apiTags, schemas: apiSchemas() });
  const traffic = app.get(TrafficServer);
  const lifecycle = app.get(Lifecycle);
  try {
    await app.init();
    // Not app.listen: that logs a port in use with Nest's words, before ours.
    await app.getHttpAdapter().getInstance().listen({ port: config.webUiPort, host: config.host });
    if (config.adminOnTrafficPort && adminHandler !== undefined) traffic.exposeAdmin(adminHandler);
    // Not before the mocks are there: a proxy that asks no probe sends requests to whoever listens.
    await app.get(MockCatalog).firstLoad();
    const trafficPort = await traffic.listen();
    lifecycle.beginServing();
    return {
      app,
      trafficPort,
      consolePort: (app.getHttpServer().address() as AddressInfo).port,
      stop: async () => {
        lifecycle.beginDraining();
        await traffic.drain(config.shutdownDelayMs);
        app.getHttpServer().closeIdleConnections();
        await app.close();
      },
    };
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
}

function consoleServer({ limits }: Config, handler: HttpHandler): Server {
  return createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes + limits.maxUrlBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: 1_000,
    },
    handler,
  );
}

/**
 * `/__w/<slug>/__s/<id>/__admin/x` is `/__admin/x` with `X-Mock-Workspace: <slug>` and `X-Mock-Session: <id>`; the path wins over
 * headers that say otherwise.
 */
function addressByHeader(incoming: IncomingMessage): string {
  const url = incoming.url ?? '/';
  const address = splitAddressPrefix(url);
  if (address === undefined) return url;
  incoming.headers[WORKSPACE_HEADER] = address.slug;
  if (address.session !== undefined) incoming.headers[SESSION_HEADER] = address.session;
  return address.url;
}

function measureAdmin(app: NestFastifyApplication): void {
  const metrics = app.get(TrafficMetrics);
  const traces = app.get(Traces);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onResponse', ({ method, routeOptions, headers }, { statusCode: status, elapsedTime: tookMs }, done) => {
      const route = routeOptions.url ?? 'unknown';
      metrics.observeAdmin(method, route, status, tookMs / 1_000);
      if (traces.areOn && route.startsWith('/__admin'))
        traces.addAdmin({ method, route, status, tookMs, headers: traceHeadersOf(headers) });
      done();
    });
}

function traceHeadersOf({ traceparent, tracestate }: IncomingMessage['headers']): AdminCall['headers'] {
  return { traceparent: traceparent?.toString(), tracestate: tracestate?.toString() };
}
