import { CONFIG, type Config } from '@mock-server/config';
import { Access, ApiProblems, Problem } from '@mock-server/http';
import { Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

@ApiTags('system')
@Controller('__admin')
export class ShutdownController {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  @Post('shutdown')
  @HttpCode(200)
  @Access('admin')
  @ApiOperation({ summary: 'Stop the server, if ALLOW_REMOTE_SHUTDOWN is set', description: 'No body.' })
  @ApiOkResponse({ description: 'The server stops as after SIGTERM; no body, as in WireMock' })
  @ApiProblems('forbidden')
  shutdown(): void {
    if (!this.config.allowRemoteShutdown) {
      throw new Problem('forbidden', {
        detail:
          'This server is not stopped from outside: set ALLOW_REMOTE_SHUTDOWN=true to allow it, or send it SIGTERM.',
      });
    }
    setImmediate(() => process.kill(process.pid, 'SIGTERM'));
  }
}
