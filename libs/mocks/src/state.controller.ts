import { stateKeyMistake } from '@mock-server/engine';
import { CONFIG, type Config } from '@mock-server/config';
import { Access, ApiProblems, BODY_PROBLEMS, pageOf, PagingQuery, Problem, type Paging } from '@mock-server/http';
import { InWorkspace, type Workspace } from '@mock-server/workspaces';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { emptySchema } from './mapping-api-schemas';
import { limitsOf, maxEntryBytes } from './state-store';
import { StateValues, type StateValue } from './state-values';

const newValue = z.strictObject({ value: z.unknown().refine(value => value !== undefined, 'is missing') });
const valueSchema = {
  type: 'object' as const,
  properties: { key: { type: 'string' as const }, value: { description: 'Any JSON' } },
};
const listSchema = {
  type: 'object' as const,
  properties: {
    values: { type: 'array' as const, items: valueSchema },
    meta: { type: 'object' as const, properties: { total: { type: 'integer' as const } } },
  },
};

/** The key-value store of a workspace: what mocks remember by `state` actions and templates. */
@ApiTags('state')
@Controller('__admin/state')
export class StateController {
  constructor(
    private readonly values: StateValues,
    @Inject(CONFIG) private readonly config: Pick<Config, 'state'>,
  ) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List keys and values, in the order in which they came' })
  @ApiQuery({ name: 'prefix', required: false, schema: { type: 'string' }, description: 'Keys that begin so.' })
  @ApiOkResponse({ schema: listSchema })
  @ApiProblems('bad-request', 'workspace-not-found')
  async list(
    @InWorkspace() workspace: Workspace,
    @PagingQuery() paging: Paging,
    @Query('prefix') prefix: string | string[] = '',
  ): Promise<object> {
    const { items, meta } = pageOf(await this.values.list(workspace.id, String(prefix)), paging);
    return { values: items, meta };
  }

  @Post('reset')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Forget all keys', description: 'No body.' })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('workspace-not-found')
  async reset(@InWorkspace() workspace: Workspace): Promise<object> {
    await this.values.reset(workspace.id);
    return {};
  }

  @Get(':key')
  @Access('viewer')
  @ApiOperation({ summary: 'Get the value of a key' })
  @ApiOkResponse({ schema: valueSchema })
  @ApiProblems('not-found', 'workspace-not-found')
  async get(@InWorkspace() workspace: Workspace, @Param('key') key: string): Promise<StateValue> {
    return (await this.values.get(workspace.id, key)) ?? refuseUnknown(key);
  }

  @Put(':key')
  @Access('editor')
  @ApiOperation({ summary: 'Set the value of a key' })
  @ApiBody({ schema: { type: 'object', required: ['value'], properties: { value: { description: 'Any JSON' } } } })
  @ApiOkResponse({ schema: valueSchema })
  @ApiProblems(...BODY_PROBLEMS, 'state-full', 'workspace-not-found')
  async put(
    @InWorkspace() workspace: Workspace,
    @Param('key') key: string,
    @Body({ schema: newValue }) { value }: z.infer<typeof newValue>,
  ): Promise<StateValue> {
    const mistake = stateKeyMistake(key);
    if (mistake !== undefined) throw new Problem('invalid-body', { detail: `'${key.slice(0, 40)}' ${mistake}.` });
    if (await this.values.put(workspace.id, { key, value })) return { key, value };
    const { maxValues, maxBytes } = limitsOf(workspace.id, this.config.state);
    throw new Problem('state-full', {
      detail: `A ${workspace.session === undefined ? 'workspace' : 'session'} has ${maxValues} keys (STATE_MAX_KEYS) and ${maxBytes} bytes (STATE_MAX_BYTES) at most, and a value ${maxEntryBytes} bytes. Send a smaller value, or delete what is not needed: DELETE /__admin/state/{key}.`,
    });
  }

  @Delete(':key')
  @Access('editor')
  @ApiOperation({ summary: 'Forget a key' })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('not-found', 'workspace-not-found')
  async remove(@InWorkspace() workspace: Workspace, @Param('key') key: string): Promise<object> {
    if (!(await this.values.remove(workspace.id, key))) refuseUnknown(key);
    return {};
  }
}

function refuseUnknown(key: string): never {
  throw new Problem('not-found', {
    detail: `There is no key '${key.slice(0, 100)}'. GET /__admin/state lists them.`,
  });
}
