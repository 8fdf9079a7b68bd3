import { randomUUID } from 'node:crypto';
import { type INestApplicationContext } from '@nestjs/common';
import { Database } from '@mock-server/database';
import { ANYONE } from '@mock-server/http';
import { DIALECTS, emptyDatabase, emptyStorage, type EmptyStorage } from '../../../test/support/databases';
import { BY } from '../../../test/support/by';
import { eventually } from '../../../test/support/eventually';
import { schemaDrift } from '../../../test/support/schema-drift';
import { startContext } from '../../../test/support/start-context';
import { DEFAULT_SLUG, type Workspace } from './workspace';
import { WorkspaceDirectory } from './workspace-directory';
import { WorkspaceRemoval } from './workspace-removal';
import { RevisionEntity } from './revision.entity';
import { WorkspaceEntity } from './workspace.entity';
import { WorkspacesModule } from './workspaces.module';
import { WorkspacesService } from './workspaces.service';

describe.each(DIALECTS)('Workspaces on %s', dialect => {
  let storage: EmptyStorage;
  let context: INestApplicationContext;
  let service: WorkspacesService;
  let directory: WorkspaceDirectory;
  let database: Database;

  const start = (): Promise<INestApplicationContext> =>
    startContext(
      { database: storage.database, dataDir: storage.folder, backendUrl: 'http://backend.test', workspaceGraceDays: 0 },
      [WorkspacesModule],
    );

  beforeAll(async () => {
    storage = await emptyStorage(dialect);
    context = await start();
    service = context.get(WorkspacesService);
    directory = context.get(WorkspaceDirectory);
    database = context.get(Database);
    await eventually(() => directory.isLoaded);
  });

  afterAll(async () => {
    await context?.close();
    await storage?.remove();
  });

  let number = 0;
  const aWorkspace = (changes: { settings?: object; backendUrl?: string } = {}): Promise<Workspace> => {
    const slug = `team-${++number}`;
    return service.create({ slug, name: `Team ${number}`, ...changes } as Parameters<typeof service.create>[0], BY);
  };
  const stored = async (id: string): Promise<WorkspaceEntity> => {
    const row = await database.read(manager => manager.findOneBy(WorkspaceEntity, { id }));
    if (row === null) throw new Error(`No row ${id}`);
    return row;
  };

  it('fit their entity', async () => {
    const other = await emptyDatabase(dialect);
    expect(await schemaDrift(other.config, [WorkspaceEntity, RevisionEntity])).toEqual([]);
    await other.drop();
  });

  it('have `default` from the beginning, with BACKEND_URL as its backend', async () => {
    expect(await service.get(DEFAULT_SLUG)).toMatchObject({
      id: '00000000-0000-4000-8000-000000000000',
      settings: { backendUrl: 'http://backend.test', fallbacks: ['proxy'], cors: true },
    });
  });

  it('are there for everyone as soon as they are made', async () => {
    const workspace = await aWorkspace();
    expect(directory.bySlug(workspace.slug)).toEqual(workspace);
    expect(directory.byId(workspace.id)).toEqual(workspace);
    expect(service.list(ANYONE).workspaces).toContainEqual(workspace);
    expect(workspace.settings).toEqual({ fallbacks: ['proxy'], cors: true });
  });

  it('of other replicas come and go also where this one changes something all the time', async () => {
    const busy = await aWorkspace();
    const { id: _id, ...row } = await stored(busy.id);
    const id = randomUUID();
    const pollWhileTold = async (): Promise<void> => {
      const polled = directory.refresh();
      const known = directory.byId(busy.id)!;
      directory.put({ ...known, revision: known.revision + 1 });
      await polled;
    };
    await database.transaction(manager => manager.insert(WorkspaceEntity, { ...row, id, slug: 'from-elsewhere' }));
    await pollWhileTold();
    expect(directory.bySlug('from-elsewhere')?.id).toBe(id);
    await database.transaction(manager => manager.delete(WorkspaceEntity, { id }));
    await pollWhileTold();
    expect(directory.bySlug('from-elsewhere')).toBeUndefined();
  });

  it('have each slug once, also when two make it at the same time', async () => {
    const attempts = await Promise.allSettled(
      [1, 2, 3].map(() => service.create({ slug: 'twice', name: 'Twice' }, BY)),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const attempt of attempts) {
      if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ problem: 'workspace-exists' });
    }
  });

  it('merge settings, and take null as: remove the backend', async () => {
    const { slug } = await aWorkspace({ backendUrl: 'http://a.test', settings: { cors: false } });
    const patched = await service.update(slug, { name: 'New', settings: { fallbacks: ['ai', 'proxy'] } }, BY);
    expect(patched).toMatchObject({
      name: 'New',
      revision: 2,
      settings: { backendUrl: 'http://a.test', cors: false, fallbacks: ['ai', 'proxy'] },
    });
    expect((await service.update(slug, { settings: { backendUrl: null } }, BY)).settings).toEqual({
      cors: false,
      fallbacks: ['ai', 'proxy'],
    });
    expect((await service.replaceSettings(slug, { fallbacks: [], cors: true }, BY)).settings).toEqual({
      fallbacks: [],
      cors: true,
    });
  });

  it('give `default` the backend that its settings name, and BACKEND_URL again without', async () => {
    const own = await service.update(DEFAULT_SLUG, { settings: { backendUrl: 'http://own.test' } }, BY);
    expect(own.settings.backendUrl).toBe('http://own.test');
    const reset = await service.update(DEFAULT_SLUG, { settings: { backendUrl: null } }, BY);
    expect(reset.settings.backendUrl).toBe('http://backend.test');
    expect((await stored(reset.id)).settings).not.toContain('backend.test');
  });

  it('can be deleted with what is in them, but for `default`', async () => {
    const removal = context.get(WorkspaceRemoval);
    const workspace = await aWorkspace();
    await database.transaction(manager =>
      manager.query(`INSERT INTO mock_tombstones (workspace_id, id, revision) VALUES ('${workspace.id}', 'x', 1)`),
    );
    const removed: string[] = [];
    directory.onRemove(({ slug }) => removed.push(slug));
    await removal.remove(workspace.slug);
    expect(removed).toEqual([workspace.slug]);
    await expect(service.get(workspace.slug)).rejects.toMatchObject({ problem: 'workspace-not-found' });
    expect(await database.read(manager => manager.query('SELECT * FROM mock_tombstones'))).toEqual([]);
    await expect(removal.remove(DEFAULT_SLUG)).rejects.toMatchObject({ problem: 'conflict' });
    await expect(removal.remove('nobody')).rejects.toMatchObject({ problem: 'workspace-not-found' });
  });

  it('rise by one revision a change, and tell the directory before the change resolves', async () => {
    const { id } = await aWorkspace();
    const seen: number[] = [];
    directory.onChange(workspace => workspace.id === id && seen.push(workspace.revision));
    const { result, revision } = await service.change(id, BY, async (_manager, change) =>
      Promise.resolve(change.revision),
    );
    expect([result, revision]).toEqual([2, 2]);
    expect(directory.byId(id)?.revision).toBe(2);
    expect(seen).toEqual([2]);
  });

  it('keep revision and positions when a change fails', async () => {
    const { id } = await aWorkspace();
    const before = await stored(id);
    const attempt = service.change(id, BY, async (_manager, change) => {
      change.takePositions(5);
      throw new Error('no');
    });
    await expect(attempt).rejects.toThrow('no');
    expect(await stored(id)).toEqual(before);
    expect(directory.byId(id)?.revision).toBe(1);
  });

  it('give out each revision and position once, however many change them at the same time', async () => {
    const { id } = await aWorkspace();
    const changes = await Promise.all(
      Array.from({ length: 100 }, () =>
        service.change(id, BY, (_manager, change) => Promise.resolve(change.takePositions(3))),
      ),
    );
    expect(changes.map(({ revision }) => revision).sort((a, b) => a - b)).toEqual(changes.map((_, n) => n + 2));
    expect(changes.map(({ result }) => result).sort((a, b) => a - b)).toEqual(changes.map((_, n) => 1 + n * 3));
    expect(await stored(id)).toMatchObject({ revision: 101, nextPosition: 301 });
  });

  it('can say that older revisions must be read again in full', async () => {
    const { id } = await aWorkspace();
    await service.change(id, BY, async (_manager, change) => change.raiseFloor());
    expect((await stored(id)).floorRevision).toBe(2);
  });

  it('refuse a change of a workspace that is gone', async () => {
    const call = service.change('11111111-1111-4111-8111-111111111111', BY, () => Promise.resolve());
    await expect(call).rejects.toMatchObject({ problem: 'workspace-not-found' });
  });

  it('follow what another replica did, also a removal and a restored backup', async () => {
    const { id, slug } = await aWorkspace();
    const sql = (query: string): Promise<unknown> => database.transaction(manager => manager.query(query));
    await sql(`UPDATE workspaces SET revision = 9, name = 'Theirs' WHERE id = '${id}'`);
    await eventually(() => directory.byId(id)?.revision === 9);
    expect(directory.bySlug(slug)?.name).toBe('Theirs');
    await sql(`UPDATE workspaces SET revision = 5 WHERE id = '${id}'`);
    await eventually(() => directory.byId(id)?.revision === 5);
    await sql(`DELETE FROM workspaces WHERE id = '${id}'`);
    await eventually(() => directory.bySlug(slug) === undefined);
  });

  it('let others have their turn while one with many mocks is removed, and leave nothing of it', async () => {
    const { id, slug } = await aWorkspace();
    await database.transaction(manager =>
      manager.query(`WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 20000)
        INSERT INTO mocks (workspace_id, id, priority, position, enabled, persistent, origin, mapping, version, revision,
          created_at, updated_at)
        SELECT '${id}', CAST(i AS VARCHAR), 5, i, true, true, 'api', '{}', 1, 1, 0, 0 FROM numbers`),
    );
    let turns = 0;
    let isOver = false;
    const countTurns = (): void => void (isOver || (turns++, setImmediate(countTurns)));
    countTurns();
    await context.get(WorkspaceRemoval).remove(slug);
    isOver = true;
    expect(turns).toBeGreaterThan(30);
    const left = await database.read(manager =>
      manager.query<object[]>(`SELECT id FROM mocks WHERE workspace_id = '${id}'`),
    );
    expect(left).toEqual([]);
  });

  it('are found by asking the table before the answer is no', async () => {
    await database.transaction(manager =>
      manager.query(`INSERT INTO workspaces (id, slug, name, settings, revision, next_position, floor_revision, created_at, updated_at)
        VALUES ('22222222-2222-4222-8222-222222222222', 'elsewhere', 'Elsewhere', 'not json', 1, 1, 0, 0, 0)`),
    );
    expect((await service.get('elsewhere')).settings).toEqual({ fallbacks: ['proxy'], cors: true });
  });
});
