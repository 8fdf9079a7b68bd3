import { Database } from '@mock-server/database';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkspaceEntity } from '@mock-server/workspaces';
import { DIALECTS, emptyDatabase, type EmptyDatabase } from '../../../test/support/databases';
import { eventually } from '../../../test/support/eventually';
import { anOrigin, signInConfig } from '../../../test/support/sign-in-config';
import { startContext } from '../../../test/support/start-context';
import { AccessRevision } from './access-revision';
import { AccessRevisionEntity } from './access-revision.entity';
import { AccessTokens } from './access-tokens';
import { Accounts, insertAccount } from './accounts';
import { Passwords } from './passwords';
import { Sessions } from './sessions';
import { SignInEntity } from './sign-in.entity';
import { SignInFailureEntity } from './sign-in-failure.entity';
import { SignInFailures } from './sign-in-failures';
import { UserEntity } from './user.entity';

jest.setTimeout(60_000);

const entities = [UserEntity, SignInEntity, SignInFailureEntity, AccessRevisionEntity, WorkspaceEntity];

@Module({
  imports: [TypeOrmModule.forFeature(entities), JwtModule.register({})],
  providers: [AccessRevision, AccessTokens, Accounts, Passwords, Sessions, SignInFailures],
})
class SignInModule {}

const password = 'correct horse battery';

describe.each(DIALECTS)('the lock-out on %s', dialect => {
  let empty: EmptyDatabase;
  let context: INestApplicationContext;
  let accounts: Accounts;

  beforeAll(async () => {
    empty = await emptyDatabase(dialect);
    context = await startContext({ database: empty.config, ...signInConfig }, [SignInModule]);
    accounts = context.get(Accounts);
    await eventually(() => context.get(Database).isUp);
  });
  afterAll(async () => {
    await context?.close();
    await empty?.drop();
  });

  const makeUser = async (email: string): Promise<void> => {
    const passwordHash = await context.get(Passwords).hash(password);
    await context
      .get(AccessRevision)
      .change(manager => insertAccount(manager, { email, name: email, passwordHash, isAdmin: false }));
  };
  /** `in`, or the code of the problem. */
  const attempt = (email: string, guess: string, address = anOrigin.address): Promise<string> =>
    accounts.signIn(email, guess, { ...anOrigin, address }).then(
      () => 'in',
      (error: { problem?: string; message: string }) => error.problem ?? error.message,
    );
  const count = (answers: readonly string[], answer: string): number => answers.filter(one => one === answer).length;

  it('lets no more guesses through side by side than one after the other', async () => {
    await makeUser('ada@example.test');
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => attempt('ada@example.test', `guess number ${n}`)),
    );
    // Two are hashed at a time: the second of a pair may be under way when the first is counted.
    expect(count(answers, 'sign-in-failed')).toBeGreaterThanOrEqual(10);
    expect(count(answers, 'sign-in-failed')).toBeLessThanOrEqual(11);
    expect(count(answers, 'too-many-requests')).toBe(40 - count(answers, 'sign-in-failed'));
  });

  it('is not passed by the right password among many wrong ones, if it comes too late', async () => {
    await makeUser('bob@example.test');
    const guesses = Array.from({ length: 30 }, (_, n) => (n === 25 ? password : `guess number ${n}`));
    const answers = await Promise.all(guesses.map(guess => attempt('bob@example.test', guess)));
    expect(answers).not.toContain('in');
    expect(await attempt('bob@example.test', password, '198.51.100.7')).toBe('too-many-requests');
  });

  it('forgives a few wrong ones after a right one, and is of one account alone', async () => {
    await makeUser('cora@example.test');
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 8; n++)
        expect(await attempt('cora@example.test', 'a wrong guess', '203.0.113.9')).toBe('sign-in-failed');
      expect(await attempt('cora@example.test', password, '203.0.113.9')).toBe('in');
    }
  });
});
