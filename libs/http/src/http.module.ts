import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { ApiDocument } from './api-document';
import { DocsController } from './docs.controller';
import { HostGuard } from './host-guard';
import { OriginGuard } from './origin-guard';
import { ProblemFilter } from './problem.filter';
import { SchemaPipe } from './schema.pipe';

/** The rules of every admin route: problems, schemas, host and origin, documentation. `setUpHttp(app)` adds what needs Fastify. */
@Module({
  controllers: [DocsController],
  providers: [
    ApiDocument,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_GUARD, useClass: HostGuard },
    { provide: APP_GUARD, useClass: OriginGuard },
    { provide: APP_PIPE, useClass: SchemaPipe },
  ],
  exports: [ApiDocument],
})
export class HttpModule {}
