import { type INestApplicationContext } from '@nestjs/common';
import { createTestDatabase, onPostgres, type TestDatabase } from '../../../test/support/postgres';
import { eventually } from '../../../test/support/eventually';
import { startContext } from '../../../test/support/start-context';
import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy';
import { Database } from './database';
import { DatabaseUnavailableError } from './database-errors';

describe('When Postgres goes away', () => {
  let real: TestDatabase;
  let proxy: TcpProxy;
  let contexts: INestApplicationContext[];

  beforeEach(async () => {
    contexts = [];
    real = await createTestDatabase();
    proxy = await startTcpProxy(real.url);
  });

  afterEach(async () => {
    await Promise.all(contexts.map(context => context.close()));
    await proxy.close();
    await real.drop();
  });

  async function start(): Promise<Database> {
    const url = proxy.url;
    const context = await startContext({ database: { kind: 'postgres', url, poolSize: 5 } });
    contexts.push(context);
    return context.get(Database);
  }

  async function startUp(): Promise<Database> {
    const database = await start();
    await eventually(() => database.isUp);
    return database;
  }

  const count = (database: Database): Promise<unknown> =>
    database.read(manager => manager.query('SELECT count(*) FROM workspaces'));
  const rename = (database: Database, name: string): Promise<unknown> =>
    database.transaction(manager => manager.query('UPDATE workspaces SET name = $1', [name]));
  const nameInReality = (): Promise<string> =>
    onPostgres(
      real.url,
      async client => (await client.query<{ name: string }>('SELECT name FROM workspaces')).rows[0]!.name,
    );

  async function failure(call: Promise<unknown>): Promise<{ error: unknown; afterMs: number }> {
    const start = performance.now();
    const error: unknown = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { error, afterMs: performance.now() - start };
  }

  it('refuses reads and writes at once while it is cut off, and recovers by itself', async () => {
    const database = await startUp();
    let timesUp = 0;
    database.onUp(() => void timesUp++);
    await proxy.cut();
    for (const call of [count(database), rename(database, 'x'), count(database)]) {
      const { error, afterMs } = await failure(call);
      expect(error).toBeInstanceOf(DatabaseUnavailableError);
      expect(afterMs).toBeLessThan(900);
    }
    await eventually(() => !database.isUp);
    expect(database.state().lastError).toMatch(/ECONN|terminated/);
    await proxy.resume();
    await eventually(() => database.isUp);
    await rename(database, 'again');
    expect(await nameInReality()).toBe('again');
    expect(timesUp).toBe(2);
  });

  it('gives up on reads and writes in under a second when it hangs', async () => {
    const database = await startUp();
    proxy.stall();
    const outcomes = await Promise.all([failure(count(database)), failure(rename(database, 'lost'))]);
    for (const { error, afterMs } of outcomes) {
      expect(error).toBeInstanceOf(DatabaseUnavailableError);
      expect(afterMs).toBeLessThan(900);
    }
    expect(database.isUp).toBe(false);
    const { error, afterMs } = await failure(count(database));
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(afterMs).toBeLessThan(50);
  });

  it('never commits later what was answered with a failure', async () => {
    const database = await startUp();
    const call = failure(
      database.transaction(async manager => {
        await manager.query(`UPDATE workspaces SET name = 'lost'`);
        proxy.stall();
        await manager.query(`UPDATE workspaces SET name = 'lost too'`);
      }),
    );
    expect((await call).error).toBeInstanceOf(DatabaseUnavailableError);
    await proxy.resume();
    await eventually(() => database.isUp);
    await rename(database, 'after');
    expect(await nameInReality()).toBe('after');
  });

  it.each([1, 5])('does not come back with forgotten connections, %i of them in use', async inUse => {
    const database = await startUp();
    const fiveAtOnce = (): Promise<unknown> =>
      Promise.all([1, 2, 3, 4, 5].map(() => database.read(manager => manager.query('SELECT pg_sleep(0.05)'))));
    await fiveAtOnce();
    proxy.stall();
    await Promise.all(Array.from({ length: inUse }, () => failure(count(database))));
    proxy.resumeForNewConnections();
    await eventually(() => database.isUp);
    const start = performance.now();
    await fiveAtOnce();
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('also gives up on callers that wait for a connection', async () => {
    const database = await startUp();
    const calls = Array.from({ length: 40 }, () =>
      failure(database.read(manager => manager.query('SELECT pg_sleep(0.1)'))),
    );
    proxy.stall();
    for (const { error, afterMs } of await Promise.all(calls)) {
      expect(error).toBeInstanceOf(DatabaseUnavailableError);
      expect(afterMs).toBeLessThan(900);
    }
  });

  it('lets a slow statement finish while the database is alive', async () => {
    const database = await startUp();
    await database.read(manager => manager.query('SELECT pg_sleep(1.5)'));
    expect(database.isUp).toBe(true);
  });

  it('survives that the server ends its connections', async () => {
    const database = await startUp();
    await count(database);
    await onPostgres(real.url, client =>
      client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      ),
    );
    await eventually(async () => (await failure(count(database))).error === undefined);
    expect(database.isUp).toBe(true);
  });

  it('starts without it, and is ready when it comes', async () => {
    await proxy.cut();
    const database = await start();
    expect(database.isUp).toBe(false);
    expect((await failure(count(database))).error).toBeInstanceOf(DatabaseUnavailableError);
    await eventually(() => database.state().lastError !== undefined);
    await proxy.resume();
    await eventually(() => database.isUp);
    expect(await count(database)).toEqual([{ count: '1' }]);
  });

  it('shuts down soon while it hangs', async () => {
    const database = await startUp();
    await count(database);
    proxy.stall();
    const begin = performance.now();
    await contexts.pop()!.close();
    expect(performance.now() - begin).toBeLessThan(6_000);
  });
});
