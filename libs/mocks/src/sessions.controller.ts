import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems, BODY_PROBLEMS, CHANGE_PROBLEMS } from '@mock-server/http';
import {
  ChangedBy,
  type ChangeNote,
  InBaseWorkspace,
  type NewSession,
  newSessionSchema,
  type OpenSession,
  sessionListSchema,
  sessionSchema,
  SessionsService,
  type SessionView,
  type Workspace,
} from '@mock-server/workspaces';
import { z } from 'zod';
import { emptySchema } from './mapping-api-schemas';
import { MockCatalog } from './mock-catalog';
import { type Promotion, SessionPromotionService } from './session-promotion.service';

const promotionWishSchema = z
  .strictObject({
    ids: z.array(z.string()).min(1).max(10_000).optional().describe('Mocks of the session; absent: all of them.'),
  })
  .optional()
  .meta({ id: 'SessionPromotionWish' });
const promotionSchema = z
  .object({ mocks: z.array(z.string()).describe('Their ids.'), files: z.array(z.string()).describe('Their names.') })
  .meta({ id: 'SessionPromotion' });

/** Sessions on a workspace. A session also begins when it is first used. */
@ApiTags('sessions')
@Controller('__admin/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly promotion: SessionPromotionService,
    private readonly catalog: MockCatalog,
  ) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List the sessions of the workspace, newest first' })
  @ApiOkResponse({ standardSchema: sessionListSchema })
  @ApiProblems('workspace-not-found')
  list(@InBaseWorkspace() workspace: Workspace): z.output<typeof sessionListSchema> {
    const sessions = this.sessions.list(workspace).map(session => this.view(session));
    return { sessions, meta: { total: sessions.length } };
  }

  @Post()
  @Access('editor')
  @ApiOperation({
    summary: 'Begin a session, with an id or a time to live of its own',
    description: 'Without a body: a random id.',
  })
  @ApiCreatedResponse({ standardSchema: sessionSchema })
  @ApiProblems(...BODY_PROBLEMS, 'session-exists', 'too-many-sessions', ...CHANGE_PROBLEMS)
  async create(
    @InBaseWorkspace() workspace: Workspace,
    @Body({ schema: newSessionSchema }) body: NewSession | undefined,
  ): Promise<SessionView> {
    return this.view(await this.sessions.create(workspace, body ?? {}));
  }

  @Get(':id')
  @Access('viewer')
  @ApiOperation({ summary: 'Get a session' })
  @ApiOkResponse({ standardSchema: sessionSchema })
  @ApiProblems('session-not-found', 'workspace-not-found', 'database-unavailable')
  async get(@InBaseWorkspace() workspace: Workspace, @Param('id') id: string): Promise<SessionView> {
    return this.view(await this.sessions.get(workspace, id));
  }

  @Delete(':id')
  @Access('editor')
  @ApiOperation({ summary: 'End a session, with its mocks, state and journal' })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('session-not-found', 'workspace-not-found', 'database-unavailable')
  async end(@InBaseWorkspace() workspace: Workspace, @Param('id') id: string): Promise<object> {
    await this.sessions.end(workspace, id);
    return {};
  }

  @Post(':id/promote')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({
    summary: "Move a session's mocks and files to the workspace",
    description: 'Without a body: all of them.',
  })
  @ApiOkResponse({ standardSchema: promotionSchema })
  @ApiProblems(...BODY_PROBLEMS, 'mock-not-found', 'quota-exceeded', 'session-not-found', ...CHANGE_PROBLEMS)
  promote(
    @InBaseWorkspace() workspace: Workspace,
    @Param('id') id: string,
    @Body({ schema: promotionWishSchema }) wish: z.output<typeof promotionWishSchema>,
    @ChangedBy() by: ChangeNote,
  ): Promise<Promotion> {
    return this.promotion.promote(workspace, { sessionId: id, ids: wish?.ids }, by);
  }

  private view({ scope, id, createdAt, lastUsedAt, expiresAt, ttlMs }: OpenSession): SessionView {
    return {
      id,
      createdAt: new Date(createdAt).toISOString(),
      lastUsedAt: new Date(lastUsedAt).toISOString(),
      expiresAt: new Date(expiresAt).toISOString(),
      ttlSeconds: ttlMs / 1_000,
      mocks: this.catalog.ownOf(scope)?.size ?? 0,
    };
  }
}
