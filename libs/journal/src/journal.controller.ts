import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems, Problem } from '@mock-server/http';
import { InWorkspace, type Workspace } from '@mock-server/workspaces';
import { viewExchange, viewFullExchange, viewRequest } from './exchange-view';
import { Journal } from './journal';
import { fitsFilter, metadataPatternOf, readFilter, requestPatternOf, wantsAll } from './journal-query';
import {
  countSchema,
  emptySchema,
  exchangeListSchema,
  exchangeSchema,
  removedSchema,
  requestListSchema,
} from './journal-schema';

const viewQuery = {
  name: 'view',
  required: false,
  schema: { type: 'string' as const, enum: ['wiremock', 'full'], default: 'wiremock' },
  description: 'full: also `source` and `note`, which WireMock clients refuse to read',
};
const patternBody = { required: false, schema: { $ref: '#/components/schemas/RequestPattern' } };

@ApiTags('requests')
@Controller('__admin/requests')
export class JournalController {
  constructor(private readonly journal: Journal) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List exchanges, newest first' })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 0 } })
  @ApiQuery({ name: 'since', required: false, schema: { type: 'string', format: 'date-time' } })
  @ApiQuery({
    name: 'matchingStub',
    required: false,
    schema: { type: 'string' },
    description: 'Only those answered by this mock',
  })
  @ApiQuery({ name: 'unmatched', required: false, schema: { type: 'boolean' } })
  @ApiQuery(viewQuery)
  @ApiOkResponse({ schema: exchangeListSchema })
  @ApiProblems('bad-request', 'workspace-not-found')
  list(@InWorkspace() workspace: Workspace, @Query() query: Record<string, unknown>): object {
    const filter = readFilter(query);
    const view = wantsAll(query) ? viewFullExchange : viewExchange;
    const entries = [];
    for (const entry of this.journal.newestFirst(workspace.id)) {
      if (filter.limit !== undefined && entries.length >= filter.limit) break;
      if (fitsFilter(entry.exchange, filter)) entries.push(view(entry));
    }
    return { requests: entries, meta: { total: this.journal.size(workspace.id) }, requestJournalDisabled: false };
  }

  @Delete()
  @Access('editor')
  @ApiOperation({ summary: 'Empty the journal' })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('workspace-not-found')
  clear(@InWorkspace() workspace: Workspace): object {
    this.journal.clear(workspace.id);
    return {};
  }

  @Post('reset')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Empty the journal (old name of DELETE)', description: 'No body.', deprecated: true })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('workspace-not-found')
  reset(@InWorkspace() workspace: Workspace): object {
    return this.clear(workspace);
  }

  @Post('count')
  @HttpCode(200)
  @Access('viewer')
  @ApiOperation({ summary: 'Count the requests that match a pattern' })
  @ApiBody(patternBody)
  @ApiOkResponse({ schema: countSchema })
  @ApiProblems('invalid-json', 'invalid-mapping', 'workspace-not-found')
  count(@InWorkspace() workspace: Workspace, @Body() body: unknown): object {
    const pattern = requestPatternOf(body);
    let count = 0;
    for (const { exchange } of this.journal.newestFirst(workspace.id)) if (pattern.matches(exchange.request)) count++;
    return { count, requestJournalDisabled: false };
  }

  @Post('find')
  @HttpCode(200)
  @Access('viewer')
  @ApiOperation({ summary: 'Find the requests that match a pattern, newest first' })
  @ApiBody(patternBody)
  @ApiOkResponse({ schema: requestListSchema })
  @ApiProblems('invalid-json', 'invalid-mapping', 'workspace-not-found')
  find(@InWorkspace() workspace: Workspace, @Body() body: unknown): object {
    const pattern = requestPatternOf(body);
    const requests = [];
    for (const { exchange } of this.journal.newestFirst(workspace.id)) {
      if (pattern.matches(exchange.request)) requests.push(viewRequest(exchange.request, exchange.receivedAt));
    }
    return { requests, requestJournalDisabled: false };
  }

  @Post('remove')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Remove the exchanges whose request matches a pattern' })
  @ApiBody(patternBody)
  @ApiOkResponse({ schema: removedSchema })
  @ApiProblems('invalid-json', 'invalid-mapping', 'workspace-not-found')
  remove(@InWorkspace() workspace: Workspace, @Body() body: unknown): object {
    const pattern = requestPatternOf(body);
    return {
      serveEvents: this.journal.remove(workspace.id, exchange => pattern.matches(exchange.request)).map(viewExchange),
    };
  }

  @Post('remove-by-metadata')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Remove the exchanges answered by mocks whose metadata match' })
  @ApiBody({ schema: { $ref: '#/components/schemas/ContentPattern' } })
  @ApiOkResponse({ schema: removedSchema })
  @ApiProblems('invalid-json', 'invalid-mapping', 'workspace-not-found')
  removeByMetadata(@InWorkspace() workspace: Workspace, @Body() body: unknown): object {
    const pattern = metadataPatternOf(body);
    return {
      serveEvents: this.journal
        .remove(workspace.id, ({ mock }) => mock !== undefined && pattern.matches(mock.mapping.metadata ?? undefined))
        .map(viewExchange),
    };
  }

  @Get('unmatched')
  @Access('viewer')
  @ApiOperation({ summary: 'List the requests that no mock answered, newest first' })
  @ApiOkResponse({ schema: requestListSchema })
  @ApiProblems('workspace-not-found')
  unmatched(@InWorkspace() workspace: Workspace): object {
    const requests = [];
    for (const { exchange } of this.journal.newestFirst(workspace.id)) {
      if (exchange.mock === undefined) requests.push(viewRequest(exchange.request, exchange.receivedAt));
    }
    return { requests, requestJournalDisabled: false };
  }

  @Get(':id')
  @Access('viewer')
  @ApiOperation({ summary: 'Get one exchange' })
  @ApiQuery(viewQuery)
  @ApiOkResponse({ schema: exchangeSchema })
  @ApiProblems('bad-request', 'not-found', 'workspace-not-found')
  get(@InWorkspace() workspace: Workspace, @Param('id') id: string, @Query() query: Record<string, unknown>): object {
    const view = wantsAll(query) ? viewFullExchange : viewExchange;
    const entry = this.journal.get(workspace.id, id);
    if (entry === undefined)
      throw new Problem('not-found', {
        detail: `The journal has no exchange ${id.slice(0, 64)}; old ones are dropped when it is full.`,
      });
    return view(entry);
  }

  @Delete(':id')
  @Access('editor')
  @ApiOperation({ summary: 'Remove one exchange' })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('workspace-not-found')
  removeOne(@InWorkspace() workspace: Workspace, @Param('id') id: string): object {
    this.journal.removeById(workspace.id, id);
    return {};
  }
}
