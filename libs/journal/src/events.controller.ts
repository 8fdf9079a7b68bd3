import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems, SECURITY_HEADERS } from '@mock-server/http';
import { InWorkspace, type Workspace } from '@mock-server/workspaces';
import { type FastifyReply } from 'fastify';
import { EventStreams } from './event-streams';
import { readReplay, readWish } from './event-query';
import { SharedJournal } from './shared-journal';

const text = { type: 'string' as const };

@ApiTags('requests')
@Controller('__admin/events')
export class EventsController {
  constructor(
    private readonly streams: EventStreams,
    private readonly journal: SharedJournal,
  ) {}

  @Get()
  @Access('viewer')
  @ApiOperation({
    summary: 'Exchanges as they happen, as server-sent events',
    description:
      'Events: `exchange`, and `gap` with how many were left out because the client is slow or they came too fast (null: nobody knows, as after a restart). Reconnecting with `Last-Event-ID` goes on where it ended.',
  })
  @ApiQuery({
    name: 'source',
    required: false,
    schema: text,
    description: 'mock, proxy, ai, none; several with commas',
  })
  @ApiQuery({ name: 'matched', required: false, schema: { type: 'boolean' } })
  @ApiQuery({ name: 'matchingStub', required: false, schema: text, description: 'Only those answered by this mock' })
  @ApiQuery({ name: 'pattern', required: false, schema: text, description: 'A request pattern as JSON' })
  @ApiQuery({ name: 'view', required: false, schema: { type: 'string', enum: ['brief', 'full'], default: 'brief' } })
  @ApiQuery({
    name: 'replay',
    required: false,
    schema: { type: 'integer', minimum: 0, maximum: 1_000, default: 0 },
    description: 'Begin with so many of the newest',
  })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: text } } })
  @ApiProblems(
    'bad-request',
    'invalid-mapping',
    'workspace-not-found',
    'too-many-requests',
    'draining',
    'journal-incomplete',
  )
  async open(
    @InWorkspace() workspace: Workspace,
    @Query() query: Record<string, unknown>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const wish = readWish(query);
    const replay = readReplay(query, lastEventId);
    this.streams.refuseWhenFull();
    const journal = await this.journal.look(workspace.id);
    reply.hijack();
    reply.raw.writeHead(200, {
      ...SECURITY_HEADERS,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no', // nginx would hold events back
    });
    this.streams.start({ journal, workspaceId: workspace.id }, reply.raw, { wish, replay });
  }
}
