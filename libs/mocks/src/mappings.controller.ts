import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { mappingSchema } from '@mock-server/engine';
import { Access, ApiProblems, BODY_PROBLEMS, CHANGE_PROBLEMS, type Paging, PagingQuery } from '@mock-server/http';
import { ChangedBy, type ChangeNote, InWorkspace, type Workspace } from '@mock-server/workspaces';
import { type FastifyReply } from 'fastify';
import { readIdempotencyKey } from './idempotency';
import { answerList } from './answer-list';
import { contentPatternRef, emptySchema, importSchema, mappingListSchema, mappingRef } from './mapping-api-schemas';
import { readDocument, readId } from './mapping-document';
import { MappingsDirectory } from './mappings-directory';
import { MockImportService } from './mock-import.service';
import { MockList, readMockFilter } from './mock-list';
import { MocksService, type WrittenMock } from './mocks.service';
import { readImport } from './read-import';
import { ResetService } from './reset.service';
import { type ConditionalWrite, warn, WriteConditions } from './write-headers';

/** WireMock's `/__admin/mappings`. */
@ApiTags('mappings')
@Controller('__admin/mappings')
export class MappingsController {
  constructor(
    private readonly mocks: MocksService,
    private readonly lists: MockList,
    private readonly imports: MockImportService,
    private readonly folder: MappingsDirectory,
    private readonly resets: ResetService,
  ) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List mocks, newest first' })
  @ApiQuery({
    name: 'search',
    required: false,
    schema: { type: 'string', maxLength: 200 },
    description: 'Part of the mapping, in any case',
  })
  @ApiQuery({ name: 'tag', required: false, schema: { type: 'string', maxLength: 200 } })
  @ApiQuery({ name: 'enabled', required: false, schema: { type: 'boolean' } })
  @ApiOkResponse({ schema: mappingListSchema })
  @ApiProblems('bad-request', 'workspace-not-found', 'database-unavailable')
  list(
    @InWorkspace() workspace: Workspace,
    @PagingQuery() paging: Paging,
    @Query() query: Record<string, unknown>,
  ): Promise<object> {
    return this.lists.list(workspace, paging, readMockFilter(query));
  }

  @Post()
  @Access('editor')
  @ApiOperation({ summary: 'Create a mock' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key and body, sent again, give the same answer and one mock',
  })
  @ApiBody({ schema: mappingRef })
  @ApiCreatedResponse({
    schema: mappingRef,
    headers: {
      ETag: { schema: { type: 'string' } },
      'X-Mock-Warnings': { schema: { type: 'string' }, description: 'Fields that are kept and have no effect' },
    },
  })
  @ApiProblems(
    'bad-request',
    'invalid-json',
    'invalid-mapping',
    'mock-exists',
    'idempotency-conflict',
    ...CHANGE_PROBLEMS,
  )
  async create(
    @InWorkspace() workspace: Workspace,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @ChangedBy() by: ChangeNote,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const idempotency = readIdempotencyKey(key, `create ${workspace.id}`, body);
    return answer(reply, await this.mocks.create(workspace, readDocument(body), { by, idempotency }));
  }

  @Delete()
  @Access('editor')
  @ApiOperation({ summary: 'Delete all mocks' })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems(...CHANGE_PROBLEMS)
  async removeAll(@InWorkspace() workspace: Workspace, @ChangedBy() by: ChangeNote): Promise<object> {
    await this.mocks.removeAll(workspace, by);
    return {};
  }

  @Post('import')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Create or replace many mocks: all of them, or none' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ schema: importSchema })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems(...BODY_PROBLEMS, 'invalid-mapping', 'idempotency-conflict', 'payload-too-large', ...CHANGE_PROBLEMS)
  async import(
    @InWorkspace() workspace: Workspace,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @ChangedBy() by: ChangeNote,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { mappings, options } = readImport(body);
    const idempotency = readIdempotencyKey(key, `import ${workspace.id}`, body);
    const note: ChangeNote = { ...by, source: 'import' };
    warn(reply, await this.imports.import(workspace, mappings, { ...options, idempotency, by: note }));
    return {};
  }

  @Post('reset')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({
    summary: 'Delete what is not persistent, read MAPPINGS_DIR again, empty the journal, restart scenarios',
    description: 'No body.',
  })
  @ApiOkResponse({ description: 'Done; no body, as in WireMock' })
  @ApiProblems(...CHANGE_PROBLEMS)
  reset(@InWorkspace() workspace: Workspace, @ChangedBy() by: ChangeNote): Promise<void> {
    return this.resets.reset(workspace, by);
  }

  @Post('save')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Mark all mocks persistent, so that reset keeps them', description: 'No body.' })
  @ApiOkResponse({ description: 'Done; no body, as in WireMock' })
  @ApiProblems(...CHANGE_PROBLEMS)
  save(@InWorkspace() workspace: Workspace, @ChangedBy() by: ChangeNote): Promise<void> {
    return this.mocks.saveAll(workspace, by);
  }

  @Post('find-by-metadata')
  @HttpCode(200)
  @Access('viewer')
  @ApiOperation({ summary: 'Find mocks whose metadata match' })
  @ApiBody({ schema: contentPatternRef })
  @ApiOkResponse({ schema: mappingListSchema })
  @ApiProblems('invalid-json', 'invalid-mapping', 'workspace-not-found', 'database-unavailable')
  async findByMetadata(@InWorkspace() workspace: Workspace, @Body() body: unknown): Promise<object> {
    return answerList(this.mocks.findByMetadata(workspace, body));
  }

  @Post('remove-by-metadata')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Delete mocks whose metadata match' })
  @ApiBody({ schema: contentPatternRef })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('invalid-json', 'invalid-mapping', ...CHANGE_PROBLEMS)
  async removeByMetadata(
    @InWorkspace() workspace: Workspace,
    @Body() body: unknown,
    @ChangedBy() by: ChangeNote,
  ): Promise<object> {
    await this.mocks.removeByMetadata(workspace, body, by);
    return {};
  }

  @Post('remove')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Delete a mock by its id, or by an equal request pattern' })
  @ApiBody({ schema: mappingRef })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('bad-request', 'invalid-json', 'invalid-mapping', ...CHANGE_PROBLEMS)
  async removeEqual(
    @InWorkspace() workspace: Workspace,
    @Body() body: unknown,
    @ChangedBy() by: ChangeNote,
  ): Promise<object> {
    await this.mocks.removeEqual(workspace, body, by);
    return {};
  }

  @Get('directory')
  @Access('viewer')
  @ApiOperation({ summary: 'What MAPPINGS_DIR gave: files loaded, and files that could not be read' })
  @ApiOkResponse({
    schema: {
      type: 'object',
      properties: {
        directory: { type: ['string', 'null'] },
        files: { type: 'integer' },
        problems: {
          type: 'array',
          items: { type: 'object', properties: { file: { type: 'string' }, message: { type: 'string' } } },
        },
      },
    },
  })
  @ApiProblems('workspace-not-found')
  directory(): object {
    return this.folder.summary();
  }

  @Get(':id')
  @Access('viewer')
  @ApiOperation({ summary: 'Get a mock' })
  @ApiOkResponse({ standardSchema: mappingSchema, headers: { ETag: { schema: { type: 'string' } } } })
  @ApiProblems('bad-request', 'mock-not-found', 'workspace-not-found', 'database-unavailable')
  async get(
    @InWorkspace() workspace: Workspace,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    return answer(reply, await this.mocks.get(workspace, readId(id)));
  }

  @Put(':id')
  @Access('editor')
  @ApiOperation({ summary: 'Replace a mock; it keeps its place in the order' })
  @ApiHeader({ name: 'If-Match', required: false, description: 'The ETag that you read; 412 when somebody was faster' })
  @ApiBody({ schema: mappingRef })
  @ApiOkResponse({ schema: mappingRef, headers: { ETag: { schema: { type: 'string' } } } })
  @ApiProblems('bad-request', 'mock-not-found', 'stale-write', 'invalid-json', 'invalid-mapping', ...CHANGE_PROBLEMS)
  async replace(
    @InWorkspace() workspace: Workspace,
    @Param('id') id: string,
    @Body() body: unknown,
    @WriteConditions() write: ConditionalWrite,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const document = readDocument(body, { id: readId(id) });
    return answer(reply, await this.mocks.replace(workspace, document, write));
  }

  @Delete(':id')
  @Access('editor')
  @ApiOperation({ summary: 'Delete a mock' })
  @ApiHeader({ name: 'If-Match', required: false })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('bad-request', 'mock-not-found', 'stale-write', ...CHANGE_PROBLEMS)
  async remove(
    @InWorkspace() workspace: Workspace,
    @Param('id') id: string,
    @WriteConditions() write: ConditionalWrite,
  ): Promise<object> {
    await this.mocks.remove(workspace, readId(id), write);
    return {};
  }
}

function answer(reply: FastifyReply, { mapping, version, unknownFields }: WrittenMock): object {
  reply.header('etag', `"${version}"`);
  warn(reply, unknownFields);
  return mapping;
}
