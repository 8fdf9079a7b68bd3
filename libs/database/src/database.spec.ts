import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TypeOrmModule } from '@nestjs/typeorm';
import { type INestApplicationContext } from '@nestjs/common';
import { DIALECTS, emptyDatabase, type EmptyDatabase } from '../../../test/support/databases';
import { eventually } from '../../../test/support/eventually';
import { startContext } from '../../../test/support/start-context';
import { bigintColumn } from './bigint-column';
import { Database } from './database';
import { DatabaseUnavailableError, isUniqueViolation } from './database-errors';
import { runLater, sql } from './sql';

@Entity('idempotency_keys')
class Key {
  @PrimaryColumn({ name: 'workspace_id' })
  workspaceId!: string;
  @PrimaryColumn()
  key!: string;
  @Column({ name: 'request_hash' })
  requestHash!: string;
  @Column()
  status!: number;
  @Column('text')
  body!: string;
  @Column({ name: 'created_at', type: 'bigint', transformer: bigintColumn })
  createdAt!: number;
}

@Entity('files')
class File {
  @PrimaryColumn({ name: 'workspace_id' })
  workspaceId!: string;
  @PrimaryColumn()
  path!: string;
  @Column('blob')
  content!: Buffer;
  @Column()
  size!: number;
  @Column()
  sha256!: string;
  @Column('bigint')
  revision!: number;
  @Column({ name: 'updated_at', type: 'bigint' })
  updatedAt!: number;
}

const WORKSPACE = '00000000-0000-4000-8000-000000000000';
const aKey = (key: string, createdAt = 1): Key => ({
  workspaceId: WORKSPACE,
  key,
  requestHash: '',
  status: 200,
  body: '',
  createdAt,
});

describe.each(DIALECTS)('Database on %s', dialect => {
  let empty: EmptyDatabase;
  let context: INestApplicationContext;
  let database: Database;

  beforeAll(async () => {
    empty = await emptyDatabase(dialect);
    context = await startContext({ database: empty.config }, [TypeOrmModule.forFeature([Key, File])]);
    database = context.get(Database);
    await eventually(() => database.isUp);
  });

  afterAll(async () => {
    await context?.close();
    await empty?.drop();
  });

  const keys = async (): Promise<string[]> =>
    database.read(async manager => (await manager.find(Key)).map(({ key }) => key).sort());

  beforeEach(async () => {
    await database.transaction(manager => manager.clear(Key));
  });

  it('keeps what a transaction wrote', async () => {
    await database.transaction(manager => manager.insert(Key, aKey('a')));
    expect(await keys()).toEqual(['a']);
  });

  it('takes back everything when the work of a transaction fails', async () => {
    const failure = new Error('changed my mind');
    const attempt = database.transaction(async manager => {
      await manager.insert(Key, aKey('a'));
      throw failure;
    });
    await expect(attempt).rejects.toBe(failure);
    expect(await keys()).toEqual([]);
  });

  it('goes on after a statement that fails', async () => {
    await expect(database.transaction(manager => manager.query('no such statement'))).rejects.toThrow();
    await database.transaction(manager => manager.insert(Key, aKey('a')));
    expect(await keys()).toEqual(['a']);
  });

  const insertion = (key: string, body = '') => {
    const { workspaceId, requestHash, status, createdAt } = aKey(key);
    return sql`INSERT INTO idempotency_keys (workspace_id, key, request_hash, status, body, created_at)
               VALUES (${workspaceId}, ${key}, ${requestHash}, ${status}, ${body}, ${createdAt})`;
  };

  it('runs what nobody waits for in its order, before what comes after and before the end', async () => {
    await database.transaction(async manager => {
      runLater(manager, insertion('a', 'first'));
      runLater(manager, sql`UPDATE idempotency_keys SET body = 'second' WHERE key = 'a'`);
      runLater(manager, insertion('b'));
      expect(await manager.countBy(Key, {})).toBe(2);
      runLater(manager, sql`DELETE FROM idempotency_keys WHERE key = 'b'`);
    });
    expect(await database.read(manager => manager.find(Key))).toMatchObject([{ key: 'a', body: 'second' }]);
  });

  it('takes back everything when one of those fails, and says why', async () => {
    const attempt = database.transaction(manager => {
      runLater(manager, insertion('a'));
      runLater(manager, insertion('b'));
      runLater(manager, insertion('b'));
      runLater(manager, insertion('c'));
      return Promise.resolve();
    });
    const error: unknown = await attempt.catch((reason: unknown) => reason);
    expect(isUniqueViolation(error)).toBe(true);
    expect(await keys()).toEqual([]);
    await database.transaction(manager => manager.insert(Key, aKey('a')));
    expect(await keys()).toEqual(['a']);
  });

  it('does not show to readers what is not committed', async () => {
    await database.transaction(async manager => {
      await manager.insert(Key, aKey('a'));
      expect(await keys()).toEqual([]);
    });
    expect(await keys()).toEqual(['a']);
  });

  it('keeps transactions that run at the same time apart', async () => {
    const attempts = Array.from({ length: 20 }, async (_, number) =>
      database.transaction(async manager => {
        await manager.insert(Key, aKey(`key ${number}`));
        await new Promise(resolve => setImmediate(resolve));
        if (number % 2 === 1) throw new Error('odd');
      }),
    );
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(outcomes.map((_, number) => number % 2 === 0));
    expect(await keys()).toHaveLength(10);
  });

  it('turns callers away when more than 200 wait', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>(resolve => (open = resolve));
    const calls = Array.from({ length: 220 }, () => database.transaction(() => gate));
    const refused = await Promise.any(
      calls.map(call =>
        call.then(
          () => Promise.reject(new Error('served')),
          (error: unknown) => error,
        ),
      ),
    );
    expect(refused).toBeInstanceOf(DatabaseUnavailableError);
    open();
    const outcomes = await Promise.allSettled(calls);
    const places = dialect === 'sqlite' ? 1 : 5;
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(places + 200);
  });

  it('tells a row that exists already from other failures', async () => {
    await database.transaction(manager => manager.insert(Key, aKey('a')));
    const twice = await database
      .transaction(manager => manager.insert(Key, aKey('a')))
      .catch((error: unknown) => error);
    expect(isUniqueViolation(twice)).toBe(true);
    const orphan = await database
      .transaction(manager => manager.insert(Key, { ...aKey('b'), workspaceId: 'nobody' }))
      .catch((error: unknown) => error);
    expect(orphan).toBeInstanceOf(Error);
    expect(isUniqueViolation(orphan)).toBe(false);
  });

  it('reads large bigints as numbers', async () => {
    await database.transaction(manager => manager.insert(Key, aKey('a', 1_795_478_400_000)));
    const [row] = await database.read(manager => manager.find(Key));
    expect(row?.createdAt).toBe(1_795_478_400_000);
  });

  it('keeps bytes as they are', async () => {
    const content = Buffer.from([0, 255, 10, 13, 0x80]);
    const file = { workspaceId: WORKSPACE, path: 'a', content, size: 5, sha256: '', revision: 1, updatedAt: 1 };
    await database.transaction(manager => manager.insert(File, file));
    const [row] = await database.read(manager => manager.find(File));
    expect(row?.content.equals(content)).toBe(true);
  });

  it('tells a listener at once when it is up already', async () => {
    await new Promise<void>(resolve => database.onUp(resolve));
  });

  it('goes on when a listener fails', async () => {
    database.onUp(() => Promise.reject(new Error('listener')));
    expect(await keys()).toEqual([]);
    expect(database.isUp).toBe(true);
  });

  it('says how it is', () => {
    expect(database.state()).toMatchObject({ dialect, up: true, callsUnderWay: 0 });
  });
});

it('tells the other replicas what it hints at, and not itself', async () => {
  const empty = await emptyDatabase('postgres');
  const contexts = await Promise.all([empty, empty].map(({ config }) => startContext({ database: config })));
  try {
    const [own, other] = contexts.map(context => context.get(Database));
    const heard: string[] = [];
    own!.onHint(text => heard.push(`own ${text}`));
    other!.onHint(text => heard.push(`other ${text}`));
    await eventually(() => own!.isUp && other!.isUp);
    for (const text of ['one', 'two@three'])
      await own!.transaction(manager => Promise.resolve(own!.hint(manager, text)));
    await other!.transaction(manager => Promise.resolve(other!.hint(manager, 'back')));
    await eventually(() => heard.length >= 3);
    expect(heard.sort()).toEqual(['other one', 'other two@three', 'own back']);
  } finally {
    await Promise.all(contexts.map(context => context.close()));
    await empty.drop();
  }
});
