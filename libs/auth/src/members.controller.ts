import {
  Access,
  ApiProblems,
  BODY_PROBLEMS,
  CalledBy,
  type Caller,
  nameOf,
  type WorkspaceRole,
} from '@mock-server/http';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { madeLinkSchema } from './auth-schemas';
import { MembersService } from './members.service';
import type { MadeLink } from './one-time-links';
import {
  invitationSchema,
  memberListSchema,
  memberRoleSchema,
  newMemberSchema,
  openInvitationListSchema,
  type Invitation,
  type NewMember,
} from './user-schemas';

const EMPTY = { type: 'object', additionalProperties: false } as const;

@ApiTags('members')
@Controller('__admin/workspaces/:slug')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get('members')
  @Access('viewer', { of: 'slug' })
  @ApiOperation({ summary: 'Who has which role in a workspace' })
  @ApiOkResponse({ standardSchema: memberListSchema })
  @ApiProblems('workspace-not-found', 'database-unavailable')
  list(@Param('slug') slug: string): Promise<object> {
    return this.members.list(slug);
  }

  @Post('members')
  @HttpCode(200)
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'Give a user a role in the workspace' })
  @ApiOkResponse({ standardSchema: memberListSchema })
  @ApiProblems(...BODY_PROBLEMS, 'forbidden', 'workspace-not-found', 'user-not-found')
  async add(@Param('slug') slug: string, @Body({ schema: newMemberSchema }) member: NewMember): Promise<object> {
    await this.members.add(slug, member);
    return this.members.list(slug);
  }

  @Put('members/:userId')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'Change the role of a member' })
  @ApiOkResponse({ standardSchema: memberListSchema })
  @ApiProblems(...BODY_PROBLEMS, 'forbidden', 'workspace-not-found', 'user-not-found')
  async setRole(
    @Param('slug') slug: string,
    @Param('userId') userId: string,
    @Body({ schema: memberRoleSchema }) { role }: { role: WorkspaceRole },
  ): Promise<object> {
    await this.members.setRole(slug, userId, role);
    return this.members.list(slug);
  }

  @Delete('members/:userId')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'Remove a member' })
  @ApiOkResponse({ schema: EMPTY })
  @ApiProblems('forbidden', 'workspace-not-found', 'user-not-found', 'database-unavailable')
  async remove(@Param('slug') slug: string, @Param('userId') userId: string): Promise<object> {
    await this.members.remove(slug, userId);
    return {};
  }

  @Get('invitations')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'Open invitations to a workspace' })
  @ApiOkResponse({ standardSchema: openInvitationListSchema })
  @ApiProblems('forbidden', 'workspace-not-found', 'database-unavailable')
  invitations(@Param('slug') slug: string): Promise<object> {
    return this.members.invitations(slug);
  }

  @Post('invitations')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'Make a link with which somebody joins the workspace' })
  @ApiCreatedResponse({ standardSchema: madeLinkSchema })
  @ApiProblems(...BODY_PROBLEMS, 'forbidden', 'workspace-not-found', 'conflict')
  invite(
    @Param('slug') slug: string,
    @Body({ schema: invitationSchema }) invitation: Invitation,
    @CalledBy() caller: Caller,
  ): Promise<MadeLink> {
    return this.members.invite(slug, invitation, nameOf(caller));
  }

  @Delete('invitations/:id')
  @Access('owner', { of: 'slug' })
  @ApiOperation({ summary: 'Revoke an invitation' })
  @ApiOkResponse({ schema: EMPTY })
  @ApiProblems('forbidden', 'workspace-not-found', 'not-found', 'database-unavailable')
  async revoke(@Param('slug') slug: string, @Param('id') id: string): Promise<object> {
    await this.members.revoke(slug, id);
    return {};
  }
}
