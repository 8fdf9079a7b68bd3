import {
  Access,
  ApiProblems,
  BODY_PROBLEMS,
  CalledBy,
  type Caller,
  nameOf,
  type Paging,
  PagingQuery,
} from '@mock-server/http';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { madeLinkSchema } from './auth-schemas';
import type { MadeLink } from './one-time-links';
import {
  adminInvitationSchema,
  userListSchema,
  userPatchSchema,
  userSchema,
  type UserPatch,
  type UserView,
} from './user-schemas';
import { UsersService } from './users.service';

const EMPTY = { type: 'object', additionalProperties: false } as const;

@ApiTags('users')
@Access('admin')
@Controller('__admin/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @ApiOperation({ summary: 'List the users, by email' })
  @ApiOkResponse({ standardSchema: userListSchema })
  @ApiProblems('bad-request', 'forbidden', 'database-unavailable')
  list(@PagingQuery() paging: Paging): Promise<object> {
    return this.users.list(paging);
  }

  @Post('invitations')
  @ApiOperation({ summary: 'Make a link with which somebody makes an account' })
  @ApiCreatedResponse({ standardSchema: madeLinkSchema })
  @ApiProblems(...BODY_PROBLEMS, 'forbidden', 'conflict', 'database-unavailable')
  invite(
    @Body({ schema: adminInvitationSchema }) invitation: { email?: string | undefined; isAdmin: boolean },
    @CalledBy() caller: Caller,
  ): Promise<MadeLink> {
    return this.users.invite(invitation, nameOf(caller));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a user' })
  @ApiOkResponse({ standardSchema: userSchema })
  @ApiProblems('forbidden', 'user-not-found', 'database-unavailable')
  get(@Param('id') id: string): Promise<UserView> {
    return this.users.get(id);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Rename a user, make or unmake an admin, disable or enable' })
  @ApiOkResponse({ standardSchema: userSchema })
  @ApiProblems(...BODY_PROBLEMS, 'forbidden', 'user-not-found', 'last-admin')
  update(@Param('id') id: string, @Body({ schema: userPatchSchema }) patch: UserPatch): Promise<UserView> {
    return this.users.update(id, patch);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Delete a user; what they did stays in the audit' })
  @ApiOkResponse({ schema: EMPTY })
  @ApiProblems('forbidden', 'user-not-found', 'last-admin', 'database-unavailable')
  async remove(@Param('id') id: string): Promise<object> {
    await this.users.remove(id);
    return {};
  }

  @Post(':id/sign-out')
  @HttpCode(200)
  @ApiOperation({ summary: 'End all sign-ins of a user', description: 'No body.' })
  @ApiOkResponse({ schema: EMPTY })
  @ApiProblems('forbidden', 'user-not-found', 'database-unavailable')
  async signOut(@Param('id') id: string): Promise<object> {
    await this.users.signOut(id);
    return {};
  }

  @Post(':id/password-link')
  @ApiOperation({ summary: 'Make a link with which a user sets a new password', description: 'No body.' })
  @ApiCreatedResponse({ standardSchema: madeLinkSchema })
  @ApiProblems('forbidden', 'user-not-found', 'conflict', 'database-unavailable')
  linkToNewPassword(@Param('id') id: string, @CalledBy() caller: Caller): Promise<MadeLink> {
    return this.users.linkToNewPassword(id, nameOf(caller));
  }
}
