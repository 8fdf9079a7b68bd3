import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems, Problem } from '@mock-server/http';
import { InWorkspace, type Workspace } from '@mock-server/workspaces';
import { viewExchange, viewFullExchange, viewRequest } from './exchange-view';
import { fitsFilter, metadataPatternOf, readFilter, requestPatternOf, wantsAll } from './journal-query';
import {
  countSchema,
  emptySchema,
  exchangeListSchema,
  exchangeSchema,
  removedSchema,
  requestListSchema,
} from './journal-schema';
import { SharedJournal } from './shared-journal';

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
  constructor(private readonly journal: SharedJournal) {}

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
  @ApiProblems('bad-request', 'workspace-not-found', 'journal-incomplete')
  async list(@InWorkspace() workspace: Workspace, @Query() query: Record<string, unknown>): Promise<object> {
    const journal = await this.journal.look(workspace.id);
    const filter = readFilter(query);
    const view = wantsAll(query) ? viewFullExchange : viewExchange;
    const entries = [];
    for (const entry of journal.newestFirst(workspace.id)) {
      if (filter.limit !== undefined && entries.length >= filter.limit) break;
      if (fitsFilter(entry.exchange, filter)) entries.push(view(entry));
    }
    return { requests: entries, meta: { total: journal.size(workspace.id) }, requestJournalDisabled: false };
  }

  @Delete()
  @Access('editor')
  @ApiOperation({ summary: 'Empty the journal' })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('workspace-not-found', 'journal-incomplete')
  async clear(@InWorkspace() workspace: Workspace): Promise<object> {
    await this.journal.clear(workspace.id);
    return {};
  }

  @Post('reset')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Empty the journal (old name of DELETE)', description: 'No body.', deprecated: true })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('workspace-not-found', 'journal-incomplete')
  reset(@InWorkspace() workspace: Workspace): Promise<object> {
    return this.clear(workspace);
  }

  @Post('count')
  @HttpCode(200)
  @Access('viewer')
  @ApiOperation({ summary: 'Count the requests that match a pattern' })
  @ApiBody(patternBody)
  @ApiOkResponse({ schema: countSchema })
  @ApiProblems('invalid-json', 'invalid-mapping', 'workspace-not-found', 'journal-incomplete')
  async count(@InWorkspace() workspace: Workspace, @Body() body: unknown): Promise<object> {
    const journal = await this.journal.look(workspace.id);
    const pattern = requestPatternOf(body);
    let count = 0;
    for (const { exchange } of journal.newestFirst(workspace.id)) if (pattern.matches(exchange.request)) count++;
    return { count, requestJournalDisabled: false };
  }

  @Post('find')
  @HttpCode(200)
  @Access('viewer')
  @ApiOperation({ summary: 'Find the requests that match a pattern, newest first' })
  @ApiBody(patternBody)
  @ApiOkResponse({ schema: requestListSchema })
  @ApiProblems('invalid-json', 'invalid-mapping', 'workspace-not-found', 'journal-incomplete')
  async find(@InWorkspace() workspace: Workspace, @Body() body: unknown): Promise<object> {
    const journal = await this.journal.look(workspace.id);
    const pattern = requestPatternOf(body);
    const requests = [];
    for (const { exchange } of journal.newestFirst(workspace.id)) {
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
  @ApiProblems('invalid-json', 'invalid-mapping', 'workspace-not-found', 'journal-incomplete')
  async remove(@InWorkspace() workspace: Workspace, @Body() body: unknown): Promise<object> {
    const pattern = requestPatternOf(body);
    const removed = await this.journal.remove(workspace.id, exchange => pattern.matches(exchange.request));
    return { serveEvents: removed.map(viewExchange) };
  }

  @Post('remove-by-metadata')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Remove the exchanges answered by mocks whose metadata match' })
  @ApiBody({ schema: { $ref: '#/components/schemas/ContentPattern' } })
  @ApiOkResponse({ schema: removedSchema })
  @ApiProblems('invalid-json', 'invalid-mapping', 'workspace-not-found', 'journal-incomplete')
  async removeByMetadata(@InWorkspace() workspace: Workspace, @Body() body: unknown): Promise<object> {
    const pattern = metadataPatternOf(body);
    const removed = await this.journal.remove(
      workspace.id,
      ({ mock }) => mock !== undefined && pattern.matches(mock.mapping.metadata ?? undefined),
    );
    return { serveEvents: removed.map(viewExchange) };
  }

  @Get('unmatched')
  @Access('viewer')
  @ApiOperation({ summary: 'List the requests that no mock answered, newest first' })
  @ApiOkResponse({ schema: requestListSchema })
  @ApiProblems('workspace-not-found', 'journal-incomplete')
  async unmatched(@InWorkspace() workspace: Workspace): Promise<object> {
    const journal = await this.journal.look(workspace.id);
    const requests = [];
    for (const { exchange } of journal.newestFirst(workspace.id)) {
      if (exchange.mock === undefined) requests.push(viewRequest(exchange.request, exchange.receivedAt));
    }
    return { requests, requestJournalDisabled: false };
  }

  @Get(':id')
  @Access('viewer')
  @ApiOperation({ summary: 'Get one exchange' })
  @ApiQuery(viewQuery)
  @ApiOkResponse({ schema: exchangeSchema })
  @ApiProblems('bad-request', 'not-found', 'workspace-not-found', 'journal-incomplete')
  async get(
    @InWorkspace() workspace: Workspace,
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
  ): Promise<object> {
    const journal = await this.journal.look(workspace.id);
    const view = wantsAll(query) ? viewFullExchange : viewExchange;
    const entry = journal.get(workspace.id, id);
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
  @ApiProblems('workspace-not-found', 'journal-incomplete')
  async removeOne(@InWorkspace() workspace: Workspace, @Param('id') id: string): Promise<object> {
    await this.journal.removeById(workspace.id, id);
    return {};
  }
}
