import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type AdminBodyLimits, installAdminBodyParser } from './admin-body';
import { requestIdOf } from './request-id';
import { recordRoutes } from './route-table';
import { SECURITY_HEADERS } from './security-headers';

/**
 * What Fastify must know before the routes exist: call it after `NestFactory.create(…, adapter, { bodyParser: false })`
 * and before `app.init()`. Request id, security headers and `no-store` go on every answer; then the body parser.
 */
export function setUpHttp(app: NestFastifyApplication, limits: AdminBodyLimits): void {
  const instance = app.getHttpAdapter().getInstance();
  recordRoutes(instance);
  installAdminBodyParser(instance, limits);
  instance.addHook('onRequest', (request, reply, done) => {
    reply.headers({ ...SECURITY_HEADERS, 'cache-control': 'no-store', 'x-request-id': requestIdOf(request.raw) });
    done();
  });
}
