import { WorkspacesModule } from '@mock-server/workspaces';
import { Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessGuard } from './access.guard';
import { AccessRevision } from './access-revision';
import { AccessRevisionEntity } from './access-revision.entity';
import { AccessTokens } from './access-tokens';
import { Accounts } from './accounts';
import { ApiTokenEntity } from './api-token.entity';
import { AuditEventEntity } from './audit-event.entity';
import { AuditController } from './audit.controller';
import { AuditRecorder } from './audit-recorder';
import { AuditService } from './audit.service';
import { AuditTargetInterceptor } from './audit-target.interceptor';
import { AuditTrail } from './audit-trail';
import { AuthMetrics } from './auth-metrics';
import { AuthController } from './auth.controller';
import { CallBudget } from './call-budget';
import { Callers } from './callers';
import { FirstAdmin } from './first-admin';
import { Identity } from './identity';
import { LinkAcceptance } from './link-acceptance';
import { LinksController } from './links.controller';
import { MemberEntity } from './member.entity';
import { MembersController } from './members.controller';
import { MembersService } from './members.service';
import { OidcAccounts } from './oidc-accounts';
import { OidcController } from './oidc.controller';
import { OidcProvider } from './oidc-provider';
import { OidcTickets } from './oidc-tickets';
import { OneTimeLinkEntity } from './one-time-link.entity';
import { OneTimeLinks } from './one-time-links';
import { Passwords } from './passwords';
import { RequestOriginPipe } from './request-origin';
import { Sessions } from './sessions';
import { SignInEntity } from './sign-in.entity';
import { SignInFailureEntity } from './sign-in-failure.entity';
import { SignInFailures } from './sign-in-failures';
import { Sweeper } from './sweeper';
import { TokenUse } from './token-use';
import { TokensController } from './tokens.controller';
import { TokensService } from './tokens.service';
import { UserEntity } from './user.entity';
import { UsersController } from './users.controller';
import { UsersService } from './users.service';

const entities = [
  UserEntity,
  MemberEntity,
  ApiTokenEntity,
  SignInEntity,
  OneTimeLinkEntity,
  SignInFailureEntity,
  AccessRevisionEntity,
  AuditEventEntity,
];

/** Who may do what. Its guard is that of every admin route. Import it after HttpModule, whose guards look first. */
@Module({
  imports: [TypeOrmModule.forFeature(entities), JwtModule.register({}), WorkspacesModule],
  controllers: [
    AuthController,
    OidcController,
    LinksController,
    UsersController,
    MembersController,
    TokensController,
    AuditController,
  ],
  providers: [
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_INTERCEPTOR, useClass: AuditTargetInterceptor },
    AccessRevision,
    AccessTokens,
    Accounts,
    AuditRecorder,
    AuditService,
    AuditTrail,
    AuthMetrics,
    CallBudget,
    Callers,
    FirstAdmin,
    Identity,
    LinkAcceptance,
    MembersService,
    OidcAccounts,
    OidcProvider,
    OidcTickets,
    OneTimeLinks,
    Passwords,
    RequestOriginPipe,
    Sessions,
    SignInFailures,
    Sweeper,
    TokensService,
    TokenUse,
    UsersService,
  ],
})
export class AuthModule {}
