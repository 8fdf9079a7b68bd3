import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';

/** The module's own controller, documented, and never from a cache. */
@ApiTags('observability')
@Controller()
export class MetricsController extends PrometheusController {
  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'All metrics in the Prometheus text format' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'Prometheus text format 0.0.4', schema: { type: 'string' } })
  // By name: the schema belongs to libs/http, a neighbour.
  @ApiResponse({
    status: 500,
    description: '`internal`: Internal error.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  })
  override index(@Res({ passthrough: true }) response: unknown): Promise<string> {
    return super.index(response);
  }
}
