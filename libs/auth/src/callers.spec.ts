import { randomUUID } from 'node:crypto';
import { Database } from '@mock-server/database';
import { WorkspaceEntity, WorkspacesModule } from '@mock-server/workspaces';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DIALECTS, emptyStorage, type EmptyStorage } from '../../../test/support/databases';
import { eventually } from '../../../test/support/eventually';
import { anOrigin, signInConfig } from '../../../test/support/sign-in-config';
import { startContext } from '../../../test/support/start-context';
import { AccessRevision } from './access-revision';
import { AccessRevisionEntity } from './access-revision.entity';
import { AccessTokens } from './access-tokens';
import { insertAccount } from './accounts';
import { ApiTokenEntity } from './api-token.entity';
import { Callers } from './callers';
import { MemberEntity } from './member.entity';
import { Sessions } from './sessions';
import { SignInEntity } from './sign-in.entity';
import { TokenUse } from './token-use';
import { TokensService } from './tokens.service';
import { UserEntity } from './user.entity';

const entities = [UserEntity, SignInEntity, MemberEntity, ApiTokenEntity, AccessRevisionEntity, WorkspaceEntity];

@Module({
  imports: [TypeOrmModule.forFeature(entities), JwtModule.register({}), WorkspacesModule],
  providers: [AccessRevision, AccessTokens, Callers, Sessions, TokensService, TokenUse],
})
class TokensModule {}

const workspace = { id: '00000000-0000-4000-8000-000000000000', slug: 'default' } as never;

describe.each(DIALECTS)('who stands behind a token, on %s', dialect => {
  let storage: EmptyStorage;
  let context: INestApplicationContext;
  let callers: Callers;
  let queries: jest.SpyInstance;

  beforeAll(async () => {
    storage = await emptyStorage(dialect);
    const config = {
      database: storage.database,
      dataDir: storage.folder,
      ...signInConfig,
      workspaceGraceDays: 0,
    } as const;
    context = await startContext(config, [TokensModule]);
    callers = context.get(Callers);
    const database = context.get(Database);
    await eventually(() => database.isUp);
    queries = jest.spyOn(database, 'read');
  });
  afterAll(async () => {
    await context?.close();
    await storage?.remove();
  });

  it('has its last use written down later when the database cannot take it now', async () => {
    const [database, uses] = [context.get(Database), context.get(TokenUse)];
    const id = randomUUID();
    const rest = { name: 'ci', role: 'viewer', hint: '', createdBy: '', createdAt: 1, expiresAt: null } as const;
    const row = { ...rest, id, workspaceId: '00000000-0000-4000-8000-000000000000', hash: id, lastUsedAt: null };
    await database.transaction(manager => manager.insert(ApiTokenEntity, row));
    const rename = (from: string, to: string): Promise<unknown> =>
      database.transaction(manager => manager.query(`ALTER TABLE ${from} RENAME TO ${to}`));
    uses.note(id);
    await rename('api_tokens', 'away');
    await expect(uses.write()).rejects.toThrow();
    await rename('away', 'api_tokens');
    await uses.write();
    const stored = await database.read(manager => manager.findOneBy(ApiTokenEntity, { id }));
    expect(stored?.lastUsedAt).toBeGreaterThan(1);
  });

  const aSession = async (): Promise<{ token: string; userId: string }> => {
    const email = `${randomUUID()}@example.test`;
    const user = await context
      .get(AccessRevision)
      .change(manager => insertAccount(manager, { email, name: email, passwordHash: null, isAdmin: true }));
    return { token: (await context.get(Sessions).begin(user, anOrigin)).accessToken, userId: user.id };
  };
  const anApiToken = async (): Promise<string> => {
    const made = await context
      .get(TokensService)
      .make(workspace, { name: 'ci', role: 'editor', expiresInDays: 1 }, { kind: 'anyone' });
    return made.token;
  };
  const tokens = [
    ['of a sign-in', async () => (await aSession()).token],
    ['of a program', anApiToken],
  ] as const;

  it.each(tokens)('is asked of the database once, then of memory, at once: a token %s', async (_, make) => {
    const token = await make();
    queries.mockClear();
    const first = await callers.identify(token);
    expect([first?.kind === 'user' || first?.kind === 'token', queries.mock.calls.length]).toEqual([true, 1]);
    queries.mockClear();
    for (let n = 0; n < 1_000; n++) expect(callers.identify(token)).toBe(first);
    expect(queries).not.toHaveBeenCalled();
  });

  it('is asked again after any change of users, roles and tokens', async () => {
    const { token, userId } = await aSession();
    expect(await callers.identify(token)).toMatchObject({ isAdmin: true });
    await context
      .get(AccessRevision)
      .change(manager => manager.update(UserEntity, { id: userId }, { isDisabled: true }));
    expect(await callers.identify(token)).toBeUndefined();
  });

  it('is not asked a second time about what is good for nothing', async () => {
    const token = `mst_${'x'.repeat(43)}`;
    expect(await callers.identify(token)).toBeUndefined();
    queries.mockClear();
    for (let n = 0; n < 100; n++) expect(callers.identify(token)).toBeUndefined();
    expect(queries).not.toHaveBeenCalled();
  });
});
