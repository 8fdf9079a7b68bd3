import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { type INestApplicationContext } from '@nestjs/common';
import { emptyDatabase, type EmptyDatabase } from '../../../test/support/databases';
import { eventually } from '../../../test/support/eventually';
import { startContext } from '../../../test/support/start-context';
import { Database } from './database';
import { run, sql } from './sql';

describe('a statement that is asked all day', () => {
  let empty: EmptyDatabase;
  let context: INestApplicationContext;
  let database: Database;

  const start = async (url: string): Promise<void> => {
    context = await startContext({ database: { kind: 'postgres', url, poolSize: 1 } });
    database = context.get(Database);
    await eventually(() => database.isUp);
  };
  beforeEach(async () => {
    empty = await emptyDatabase('postgres');
  });
  afterEach(async () => {
    await context?.close();
    await empty?.drop();
  });

  const urlOf = ({ config }: EmptyDatabase): string => (config.kind === 'postgres' ? config.url : '');
  const ask = (): Promise<{ status: number }[]> =>
    database.read(manager => run(manager, sql`SELECT status FROM idempotency_keys WHERE key = ${'a'}`.prepared()));
  const kept = async (): Promise<number> => {
    const rows = await database.read(manager => run(manager, sql`SELECT name FROM pg_prepared_statements`));
    return rows.length;
  };

  it('is kept prepared on a connection to PostgreSQL', async () => {
    await start(urlOf(empty));
    for (let n = 0; n < 3; n++) await ask();
    expect(await kept()).toBe(1);
  });

  it('is not behind a pooler, which names a process of its own', async () => {
    const pooler = await startPooler(new URL(urlOf(empty)));
    try {
      const url = new URL(urlOf(empty));
      url.port = String((pooler.address() as AddressInfo).port);
      await start(url.href);
      for (let n = 0; n < 3; n++) await ask();
      expect(await kept()).toBe(0);
    } finally {
      await context.close();
      pooler.close();
    }
  });

  it.each([
    ['a migration changed what it reads', 'ALTER TABLE idempotency_keys ALTER COLUMN status TYPE BIGINT'],
    ['it is gone', 'DEALLOCATE ALL'],
  ])('fails once when %s, and works again', async (_what, statement) => {
    await start(urlOf(empty));
    for (let n = 0; n < 3; n++) await ask();
    await database.transaction(manager => manager.query(statement));
    await ask().catch(() => undefined);
    expect(await ask()).toEqual([]);
  });
});

/** Lets all through, and tells of another process than the one that answers. */
async function startPooler({ hostname, port }: URL): Promise<Server> {
  const keyData = Buffer.from('4b0000000c', 'hex');
  const server = createServer(client => {
    const upstream = connect(Number(port || 5432), hostname);
    client.pipe(upstream).on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
    upstream.on('end', () => client.end());
    upstream.on('data', bytes => {
      const at = bytes.indexOf(keyData);
      if (at >= 0) bytes.writeUInt32BE(1, at + keyData.length);
      client.write(bytes);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}
