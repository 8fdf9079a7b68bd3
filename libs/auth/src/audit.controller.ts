import type { Readable } from 'node:stream';
import { Access, ApiProblems } from '@mock-server/http';
import { WorkspacesService } from '@mock-server/workspaces';
import { applyDecorators, Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiQuery, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { readAuditFilter } from './audit-query';
import { AuditService } from './audit.service';

const eventSchema = z
  .object({
    id: z.string(),
    at: z.string().meta({ format: 'date-time' }),
    actorKind: z.enum(['user', 'token', 'nobody']),
    actorId: z.string().nullable(),
    actorName: z.string(),
    workspaceSlug: z.string().nullable(),
    action: z.string().meta({ example: 'mappings.create' }),
    target: z.string().nullable(),
    outcome: z.enum(['done', 'refused', 'failed']),
    status: z.int(),
    address: z.string(),
    requestId: z.string(),
  })
  .meta({ id: 'AuditEvent' });
const pageSchema = z
  .object({ events: z.array(eventSchema), next: z.string().nullable().describe('`before` of the next page.') })
  .meta({ id: 'AuditPage' });

const text = { type: 'string', maxLength: 254 } as const;
const time = { type: 'string', format: 'date-time' } as const;
const FILTERS = [
  ApiQuery({ name: 'actor', required: false, schema: text, description: 'Email, or `token <name>`' }),
  ApiQuery({ name: 'action', required: false, schema: text, description: 'Such as `mappings.create`' }),
  ApiQuery({ name: 'target', required: false, schema: text }),
  ApiQuery({ name: 'outcome', required: false, schema: { type: 'string', enum: ['done', 'refused', 'failed'] } }),
  ApiQuery({ name: 'from', required: false, schema: time }),
  ApiQuery({ name: 'to', required: false, schema: time }),
  ApiQuery({
    name: 'before',
    required: false,
    schema: { type: 'string', format: 'uuid' },
    description: '`next` of the page before',
  }),
];
const describePage = (): MethodDecorator =>
  applyDecorators(
    ...FILTERS,
    ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 } }),
    ApiOkResponse({ standardSchema: pageSchema }),
  );
const describeExport = (): MethodDecorator =>
  applyDecorators(
    ...FILTERS,
    ApiQuery({ name: 'format', required: false, schema: { type: 'string', enum: ['jsonl', 'csv'], default: 'jsonl' } }),
    ApiProduces('application/x-ndjson', 'text/csv'),
    ApiOkResponse({ description: 'A line an event', schema: { type: 'string' } }),
  );
const byWorkspace = ApiQuery({ name: 'workspace', required: false, schema: text, description: 'Its slug' });

@ApiTags('audit')
@Controller('__admin')
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly workspaces: WorkspacesService,
  ) {}

  @Get('audit')
  @Access('admin')
  @ApiOperation({ summary: 'Who did what, newest first' })
  @describePage()
  @byWorkspace
  @ApiProblems('bad-request', 'forbidden', 'database-unavailable')
  list(@Query() query: unknown): Promise<object> {
    return this.audit.list(readAuditFilter(query));
  }

  @Get('audit/export')
  @Access('admin')
  @ApiOperation({ summary: 'The audit trail as a file' })
  @describeExport()
  @byWorkspace
  @ApiProblems('bad-request', 'forbidden', 'database-unavailable')
  export(@Query() query: unknown): StreamableFile {
    const filter = readAuditFilter(query);
    return toFile(this.audit.export(filter), filter.format);
  }

  @Get('workspaces/:slug/audit')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'Who did what in a workspace, newest first' })
  @describePage()
  @ApiProblems('bad-request', 'forbidden', 'workspace-not-found', 'database-unavailable')
  async listOfWorkspace(@Param('slug') slug: string, @Query() query: unknown): Promise<object> {
    return this.audit.list(readAuditFilter(query), (await this.workspaces.get(slug)).id);
  }

  @Get('workspaces/:slug/audit/export')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'The audit trail of a workspace as a file' })
  @describeExport()
  @ApiProblems('bad-request', 'forbidden', 'workspace-not-found', 'database-unavailable')
  async exportOfWorkspace(@Param('slug') slug: string, @Query() query: unknown): Promise<StreamableFile> {
    const filter = readAuditFilter(query);
    return toFile(this.audit.export(filter, (await this.workspaces.get(slug)).id), filter.format);
  }
}

function toFile(lines: Readable, format: 'jsonl' | 'csv' | undefined): StreamableFile {
  const isCsv = format === 'csv';
  return new StreamableFile(lines, {
    type: isCsv ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
    disposition: `attachment; filename="audit.${isCsv ? 'csv' : 'jsonl'}"`,
  });
}
