import { DIALECTS, emptyStorage, type EmptyStorage } from '../../../test/support/databases';
import { eventually } from '../../../test/support/eventually';
import { aMapping, MocksTestApp } from '../../../test/support/mocks-test-app';
import { Database } from '@mock-server/database';
import { WorkspaceDirectory, WorkspaceEntity } from '@mock-server/workspaces';
import { TombstoneEntity } from './tombstone.entity';

const workspaces = Array.from({ length: 20 }, (_, n) => `team-${n}`);

describe.each(DIALECTS)('a change in one of many workspaces on %s', dialect => {
  let storage: EmptyStorage;
  let server: MocksTestApp;

  beforeAll(async () => {
    storage = await emptyStorage(dialect);
    server = await MocksTestApp.start({ database: storage.database, dataDir: storage.folder });
    for (const slug of workspaces) {
      await server.call('POST /workspaces', { body: { slug, name: slug } });
      await server.call('POST /mappings', { body: aMapping(), headers: { 'x-mock-workspace': slug } });
    }
    await eventually(() => server.catalog.isLoaded);
  });
  afterAll(async () => {
    await server?.close();
    await storage?.remove();
  });

  const idOf = (slug: string): string =>
    server.app.get(WorkspaceDirectory, { strict: false }).bySlug(slug)?.id ?? 'none';
  const compiledIn = (slug: string): unknown[] => [...(server.catalog.catalogOf(idOf(slug))?.mocks() ?? [])];

  it('compiles what changed there, and nothing else anywhere', async () => {
    const before = new Map(workspaces.map(slug => [slug, compiledIn(slug)]));
    const loaded: string[] = [];
    server.catalog.onRevision(id => loaded.push(id));
    const changed = 'team-7';
    await server.call('POST /mappings', { body: aMapping(), headers: { 'x-mock-workspace': changed } });
    expect(loaded).toEqual([idOf(changed)]);
    for (const slug of workspaces) {
      const [now, then] = [compiledIn(slug), before.get(slug)!];
      expect(now).toHaveLength(slug === changed ? 2 : 1);
      expect(now).toContain(then[0]); // the very same compiled mock
    }
  });

  it('is served as it is stored, however many there are at once and whatever is read meanwhile', async () => {
    const headers = { 'x-mock-workspace': 'team-3' };
    const mappingOf = (url: string): object => aMapping({ request: { method: 'GET', url } });
    const write = async (number: number): Promise<void> => {
      for (let round = 0; round < 5; round++) {
        const { json } = await server.call('POST /mappings', { body: mappingOf(`/${number}/${round}`), headers });
        const body = mappingOf(`/${number}/${round}/replaced`);
        expect((await server.call(`PUT /mappings/${json.id}`, { body, headers })).status).toBe(200);
        const served = server.catalog.catalogOf(idOf('team-3'))?.get(json.id)?.mapping;
        expect(served?.request?.url).toBe(`/${number}/${round}/replaced`);
        if (round % 2 === 0) await server.call(`DELETE /mappings/${json.id}`, { headers });
      }
    };
    let isOver = false;
    const reading = (async () => {
      while (!isOver) {
        await server.app.get(WorkspaceDirectory, { strict: false }).refresh();
        await server.catalog.refresh(idOf('team-3'));
        await new Promise(resolve => setImmediate(resolve));
      }
    })();
    await Promise.all(Array.from({ length: 8 }, (_, number) => write(number)));
    isOver = true;
    await reading;
    const { json } = await server.call('GET /mappings?limit=1000', { headers });
    const stored = (json.mappings as { id: string; request: object }[]).map(({ id, request }) => [id, request]);
    const served = [...(server.catalog.catalogOf(idOf('team-3'))?.mocks() ?? [])].map(({ stored: { id }, mapping }) => [
      id,
      mapping.request,
    ]);
    expect(stored).toHaveLength(1 + 8 * 2);
    expect(Object.fromEntries(served)).toEqual(Object.fromEntries(stored));
  });

  it('forgets which mocks were removed five thousand revisions ago, and has whoever is that far behind read anew', async () => {
    const headers = { 'x-mock-workspace': 'team-5' };
    const id = idOf('team-5');
    const add = async (): Promise<string> =>
      (await server.call('POST /mappings', { body: aMapping(), headers })).json.id as string;
    const ids = [await add(), await add(), await add()];
    const database = server.app.get(Database, { strict: false });
    const tombstones = async (): Promise<string[]> =>
      database.read(async manager =>
        (await manager.findBy(TombstoneEntity, { workspaceId: id })).map(row => row.id).sort(),
      );
    await server.call(`DELETE /mappings/${ids[0]}`, { headers });
    await database.transaction(manager => manager.increment(WorkspaceEntity, { id }, 'revision', 4_000));
    await server.call(`DELETE /mappings/${ids[1]}`, { headers });
    expect(await tombstones()).toEqual([ids[0], ids[1]].sort());
    await database.transaction(manager => manager.increment(WorkspaceEntity, { id }, 'revision', 4_000));
    await server.call(`DELETE /mappings/${ids[2]}`, { headers });
    expect(await tombstones()).toEqual([ids[1], ids[2]].sort());
    const { floorRevision, revision } = await database.read(manager =>
      manager.findOneByOrFail(WorkspaceEntity, { id }),
    );
    expect(floorRevision).toBe(revision - 5_000);
    expect(compiledIn('team-5')).toHaveLength(1);
  });
});
