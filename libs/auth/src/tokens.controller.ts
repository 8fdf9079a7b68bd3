import { Access, ApiProblems, BODY_PROBLEMS, CalledBy, type Caller } from '@mock-server/http';
import { InBaseWorkspace, type Workspace } from '@mock-server/workspaces';
import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { TokensService } from './tokens.service';
import { madeTokenSchema, newTokenSchema, tokenListSchema, type NewToken } from './user-schemas';

@ApiTags('tokens')
@Access('owner')
@Controller('__admin/tokens')
export class TokensController {
  constructor(private readonly tokens: TokensService) {}

  @Get()
  @ApiOperation({ summary: 'List the API tokens of the workspace' })
  @ApiOkResponse({ standardSchema: tokenListSchema })
  @ApiProblems('forbidden', 'workspace-not-found', 'database-unavailable')
  list(@InBaseWorkspace() workspace: Workspace): Promise<object> {
    return this.tokens.list(workspace);
  }

  @Post()
  @ApiOperation({ summary: 'Make an API token; it is shown this once' })
  @ApiCreatedResponse({ standardSchema: madeTokenSchema })
  @ApiProblems(...BODY_PROBLEMS, 'forbidden', 'workspace-not-found', 'conflict')
  make(
    @InBaseWorkspace() workspace: Workspace,
    @Body({ schema: newTokenSchema }) token: NewToken,
    @CalledBy() caller: Caller,
  ): Promise<object> {
    return this.tokens.make(workspace, token, caller);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Revoke an API token' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: false } })
  @ApiProblems('forbidden', 'workspace-not-found', 'token-not-found', 'database-unavailable')
  async revoke(@InBaseWorkspace() workspace: Workspace, @Param('id') id: string): Promise<object> {
    await this.tokens.revoke(workspace, id);
    return {};
  }
}
