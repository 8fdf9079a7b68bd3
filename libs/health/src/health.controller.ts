import { ApiProblems, Public } from '@mock-server/http';
import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { LIVE, REPORT_DOWN, REPORT_UP } from './health-schemas';
import { type HealthReport, HealthService, statusOf } from './health.service';

/** The probes of an orchestrator, and one summary for people. */
@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Whether the process turns; touches nothing else' })
  @ApiResponse(LIVE)
  @ApiProblems('internal')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Whether traffic should come here: the mocks are loaded and it is not shutting down' })
  @ApiResponse(REPORT_UP)
  @ApiResponse(REPORT_DOWN)
  @ApiProblems('internal')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthReport> {
    return answer(reply, await this.health.ready());
  }

  @Get('startup')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Whether the mocks were loaded once' })
  @ApiResponse(REPORT_UP)
  @ApiResponse(REPORT_DOWN)
  @ApiProblems('internal')
  async startup(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthReport> {
    return answer(reply, await this.health.startup());
  }

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'How each part is, for people; 503 only when mocks are not answered' })
  @ApiResponse(REPORT_UP)
  @ApiResponse(REPORT_DOWN)
  @ApiProblems('internal')
  async summary(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthReport> {
    return answer(reply, await this.health.summary());
  }
}

function answer(reply: FastifyReply, report: HealthReport): HealthReport {
  reply.status(statusOf(report));
  return report;
}
