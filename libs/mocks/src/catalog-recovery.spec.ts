import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config } from '@mock-server/config';
import { Database } from '@mock-server/database';
import { WorkspaceDirectory } from '@mock-server/workspaces';
import { eventually } from '../../../test/support/eventually';
import { aMapping, MocksTestApp, urlsOf } from '../../../test/support/mocks-test-app';
import { createTestDatabase, onPostgres, type TestDatabase } from '../../../test/support/postgres';
import { makeScratch, type Scratch } from '../../../test/support/scratch';
import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy';
import { FileStore } from './index';

jest.setTimeout(30_000);

const defaultId = '00000000-0000-4000-8000-000000000000';

/** A real PostgreSQL behind a proxy that can be cut: what a replica does without its database, and when it is back. */
describe('a replica without its database', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let scratch: Scratch;
  let servers: MocksTestApp[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    proxy = await startTcpProxy(database.url);
    scratch = await makeScratch();
  });

  afterEach(async () => {
    await Promise.all(servers.map(server => server.close()));
    servers = [];
    await proxy.close();
    await scratch.remove();
    await database.drop();
  });

  const start = async (changes: Partial<Config> = {}, waitUntilLoaded = true): Promise<MocksTestApp> => {
    const server = await MocksTestApp.start(
      {
        database: { kind: 'postgres', url: proxy.url, poolSize: 3 },
        dataDir: scratch.folder,
        ...changes,
      },
      { waitUntilLoaded },
    );
    servers.push(server);
    return server;
  };
  const stop = async (server: MocksTestApp): Promise<void> => {
    servers = servers.filter(other => other !== server);
    await server.close();
  };
  const create = (server: MocksTestApp, url: string): Promise<{ status: number; json: { id: string } }> =>
    server.call('POST /mappings', { body: aMapping({ request: { method: 'GET', url } }) });
  const served = ({ catalog }: MocksTestApp): string[] =>
    [...(catalog.catalogOf(defaultId)?.mocks() ?? [])].map(({ mapping }) => mapping.request?.url ?? '').sort();
  const catalogFile = (): string => join(scratch.folder, 'catalog', `${defaultId}.ndjson`);
  const sql = (query: string): Promise<unknown> => onPostgres(database.url, client => client.query(query));
  /** As if the process had died before it wrote the file again. */
  const stopKeepingFile = async (server: MocksTestApp): Promise<void> => {
    const old = await readFile(catalogFile());
    await stop(server);
    await writeFile(catalogFile(), old);
  };

  it('goes on with what it has when the database goes away, refuses writes at once, and recovers by itself', async () => {
    const server = await start();
    await create(server, '/a');
    await proxy.cut();
    const startedAt = performance.now();
    expect((await create(server, '/b')).status).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(served(server)).toEqual(['/a']);
    await proxy.resume();
    await eventually(async () => (await create(server, '/c')).status === 201);
    expect(served(server)).toEqual(['/a', '/c']);
  });

  it('starts with the last known mocks, then takes what the database says', async () => {
    const first = await start();
    const { json } = await create(first, '/a');
    await create(first, '/b');
    await stop(first);
    await proxy.cut();
    const second = await start();
    expect(served(second)).toEqual(['/a', '/b']);
    const other = await start({
      database: { kind: 'postgres', url: database.url, poolSize: 3 },
      dataDir: join(scratch.folder, 'other'),
    });
    await other.call(`DELETE /mappings/${json.id}`);
    await create(other, '/c');
    await proxy.resume();
    await eventually(() => served(second).join() === '/b,/c');
  });

  it('takes what the database says also when its list of workspaces knew that revision already', async () => {
    const first = await start();
    await create(first, '/a');
    await eventually(async () => (await readFile(catalogFile(), 'utf8').catch(() => '')).includes('/a'));
    await create(first, '/b');
    await first.call('PATCH /workspaces/default', { body: { name: 'Renamed' } });
    await eventually(async () => (await readFile(join(scratch.folder, 'workspaces.json'), 'utf8')).includes('Renamed'));
    await stopKeepingFile(first);
    await proxy.cut();
    const second = await start();
    await proxy.resume();
    await eventually(() => served(second).join() === '/a,/b', 6_000);
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, -20)],
    ['changed', (text: string) => text.replace('/a', '/z')],
    ['of another format version', (text: string) => text.replace(/"(format\w*)":\d+/, '"$1":999')],
    ['empty', () => ''],
    ['not text', () => '\u0000\u0001{['],
  ])('does not trust a file that is %s, and loads when the database is back', async (_how, damage) => {
    const first = await start();
    await create(first, '/a');
    await stop(first);
    await writeFile(catalogFile(), damage(await readFile(catalogFile(), 'utf8')));
    await proxy.cut();
    const second = await start({}, false);
    // The file is looked at when the database has been waited for; then the database is what counts.
    await new Promise<void>(resolve =>
      second.app
        .getHttpAdapter()
        .getInstance()
        .ready(() => resolve()),
    );
    expect(served(second)).toEqual([]);
    await proxy.resume();
    await eventually(() => second.catalog.isLoaded && served(second).join() === '/a', 6_000);
  });

  it('does not mix in mocks of a database that was replaced by another', async () => {
    const first = await start();
    await create(first, '/old');
    await stop(first);
    await sql(`DELETE FROM mocks; UPDATE workspaces SET revision = 500, floor_revision = 0`);
    await proxy.cut();
    const second = await start();
    expect(served(second)).toEqual(['/old']);
    await proxy.resume();
    await eventually(() => served(second).length === 0, 6_000);
  });

  it('serves body files too', async () => {
    const first = await start();
    await first.call('PUT /files/a/b.txt', { body: Buffer.from('bytes') });
    await create(first, '/a');
    await stop(first);
    await proxy.cut();
    const second = await start();
    const store = second.app.get(FileStore, { strict: false });
    expect((await store.read(defaultId, 'a/b.txt'))?.toString()).toBe('bytes');
  });

  it('shows changes made on another replica within a few seconds: new, changed, deleted, all deleted', async () => {
    const one = await start();
    const two = await start({ dataDir: join(scratch.folder, 'two') });
    const { json } = await create(one, '/a');
    await eventually(() => served(two).join() === '/a');
    await one.call(`PUT /mappings/${json.id}`, { body: aMapping({ request: { method: 'GET', url: '/a2' } }) });
    await create(one, '/b');
    await eventually(() => served(two).join() === '/a2,/b');
    await one.call(`DELETE /mappings/${json.id}`);
    await eventually(() => served(two).join() === '/b');
    await one.call('PUT /files/x.txt', { body: Buffer.from('x') });
    await eventually(
      async () => (await two.app.get(FileStore, { strict: false }).read(defaultId, 'x.txt'))?.toString() === 'x',
    );
    await one.call('DELETE /mappings');
    await eventually(() => served(two).length === 0);
    expect(urlsOf(await two.call('GET /mappings'))).toEqual([]);
    await one.call('POST /mappings', { body: aMapping({ id: json.id }) });
    await eventually(() => served(two).join() === '/a');
  });

  it('serves a workspace from the moment it is made', async () => {
    const server = await start();
    const { json } = await server.call('POST /workspaces', { body: { slug: 'new', name: 'New' } });
    await eventually(() => server.catalog.catalogOf(json.id as string) !== undefined, 1_000);
    expect(server.catalog.isLoaded).toBe(true);
    await server.call('POST /mappings', { body: aMapping(), headers: { 'x-mock-workspace': 'new' } });
    expect(server.catalog.catalogOf(json.id as string)?.size).toBe(1);
    await server.call('DELETE /workspaces/new');
    expect(server.catalog.catalogOf(json.id as string)).toBeUndefined();
  });

  it('serves more workspaces than calls may wait for the database, after a start', async () => {
    const other = await start();
    for (let i = 0; i < 150; i++)
      await other.call('POST /workspaces', { body: { slug: `team-${i}`, name: `Team ${i}` } });
    await stop(other);
    const { catalog } = await start({ dataDir: join(scratch.folder, 'new') }, false);
    await eventually(() => catalog.isLoaded);
  });

  it('writes the last known mocks again that could not be written', async () => {
    await writeFile(join(scratch.folder, 'catalog'), 'in the way');
    const server = await start();
    await create(server, '/a');
    await new Promise(resolve => setTimeout(resolve, 1_500));
    await rm(join(scratch.folder, 'catalog'));
    await eventually(
      () =>
        readFile(catalogFile(), 'utf8').then(
          text => text.includes('/a'),
          () => false,
        ),
      5_000,
    );
  });

  it('stays ready while a workspace that was made later cannot be loaded', async () => {
    const server = await start();
    const other = await start({ dataDir: join(scratch.folder, 'other') });
    await sql('ALTER TABLE mocks RENAME TO away');
    await other.call('POST /workspaces', { body: { slug: 'late', name: 'Late' } });
    await eventually(() => server.app.get(WorkspaceDirectory, { strict: false }).bySlug('late') !== undefined);
    expect(server.catalog.isLoaded).toBe(true);
    await sql('ALTER TABLE away RENAME TO mocks');
  });

  it('keeps up with what others change while very many calls wait for the database', async () => {
    const server = await start();
    const other = await start({ dataDir: join(scratch.folder, 'other') });
    const storage = server.app.get(Database, { strict: false });
    let isOver = false;
    // Whoever is refused waits a while: timers that are always due would leave no time to read what the database answers.
    const crowd = Array.from({ length: 300 }, async () => {
      while (!isOver)
        await storage
          .read(manager => manager.query('SELECT pg_sleep(0.05)'))
          .catch(() => new Promise(resolve => setTimeout(resolve, 250)));
    });
    try {
      await new Promise(resolve => setTimeout(resolve, 500));
      await create(other, '/new');
      await eventually(() => served(server).join() === '/new', 4_000);
    } finally {
      isOver = true;
      await Promise.all(crowd);
    }
  });

  it('waits once for a database that is away, however many workspaces there are', async () => {
    const first = await start();
    for (let i = 0; i < 40; i++)
      await first.call('POST /workspaces', { body: { slug: `team-${i}`, name: `Team ${i}` } });
    await create(first, '/a');
    await stop(first);
    await proxy.cut();
    const startedAt = performance.now();
    const second = await start();
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    expect(served(second)).toEqual(['/a']);
  });

  it('reads again what could not be read while the database was there', async () => {
    const server = await start();
    await create(server, '/a');
    // As another replica would have changed it; what was removed cannot be asked for meanwhile.
    await sql(`ALTER TABLE mock_tombstones RENAME TO away;
      UPDATE workspaces SET revision = revision + 1 WHERE id = '${defaultId}';
      UPDATE mocks SET mapping = replace(mapping, '/a', '/b'), revision = revision + 1`);
    await new Promise(resolve => setTimeout(resolve, 1_500));
    expect(served(server)).toEqual(['/a']);
    await sql('ALTER TABLE away RENAME TO mock_tombstones');
    await eventually(() => served(server).join() === '/b', 4_000);
  });

  it('has every mock after a restart, persistent or not, without its data folder', async () => {
    const first = await start();
    await create(first, '/a');
    await first.call('POST /mappings', { body: aMapping({ persistent: true, request: { method: 'GET', url: '/p' } }) });
    await stop(first);
    await rm(scratch.folder, { recursive: true });
    expect(served(await start())).toEqual(['/a', '/p']);
  });
});
