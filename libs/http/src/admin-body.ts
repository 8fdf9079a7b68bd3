import type { FastifyInstance } from 'fastify';
import { parseAdminJson } from './admin-json';

export interface AdminBodyLimits {
  readonly maxBytes: number;
  readonly maxDepth?: number;
}

const RAW_BODY_ROUTES = '/__admin/files';

/**
 * WireMock takes JSON under any content type (`curl -d` says form-urlencoded, Java clients say nothing), so the type is
 * not asked. Files are handed on as a Buffer, empty bodies as undefined. Needs `bodyParser: false` in NestFactory.create,
 * or Nest puts its own parsers before this one.
 */
export function installAdminBodyParser(instance: FastifyInstance, { maxBytes, maxDepth }: AdminBodyLimits): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBytes }, (request, body: Buffer, done) => {
    // The route, not the URL: the URL may be written with escapes.
    const isFile = request.routeOptions.url?.startsWith(RAW_BODY_ROUTES) ?? false;
    try {
      if (isFile) done(null, body);
      else done(null, body.length === 0 ? undefined : parseAdminJson(body, maxDepth));
    } catch (error) {
      done(error as Error);
    }
  });
}
