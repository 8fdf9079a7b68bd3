import { ApiProblems, Public, SignedIn } from '@mock-server/http';
import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { VERSION_ANSWER, WIREMOCK_DOWN, WIREMOCK_UP } from './health-schemas';
import { Lifecycle } from './lifecycle';
import { ServerParts } from './server-parts';
import { VERSION } from './version';

export interface WireMockHealth {
  readonly status: 'healthy' | 'unhealthy';
  readonly message: string;
  readonly version: string;
  readonly uptimeInSeconds: number;
  readonly timestamp: string;
}

/** Health and version as WireMock's clients and containers ask for them. */
@ApiTags('health')
@Controller('__admin')
export class WireMockHealthController {
  constructor(
    private readonly parts: ServerParts,
    private readonly lifecycle: Lifecycle,
    @Inject(VERSION) private readonly version: string,
  ) {}

  @Get('health')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: "WireMock's health answer" })
  @ApiResponse(WIREMOCK_UP)
  @ApiResponse(WIREMOCK_DOWN)
  @ApiProblems('internal')
  health(@Res({ passthrough: true }) reply: FastifyReply): WireMockHealth {
    const { isReady } = this.parts;
    reply.status(isReady ? 200 : 503);
    return {
      status: isReady ? 'healthy' : 'unhealthy',
      message: isReady ? 'The mock server is ok' : 'The mock server is not ready: see /health',
      version: this.version,
      uptimeInSeconds: this.lifecycle.uptimeSeconds,
      timestamp: new Date().toISOString(),
    };
  }

  @Get('version')
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The version of this server' })
  @ApiResponse(VERSION_ANSWER)
  @ApiProblems('internal')
  readVersion(): { version: string } {
    return { version: this.version };
  }
}
