import { type INestApplicationContext } from '@nestjs/common';
import { Database } from '@mock-server/database';
import { DIALECTS, emptyStorage, type EmptyStorage } from '../../../test/support/databases';
import { eventually } from '../../../test/support/eventually';
import { startContext } from '../../../test/support/start-context';
import { byServer } from './change-note';
import { isSessionScope, rootIdOf, scopeOfSession } from './session';
import { SessionDirectory } from './session-directory';
import { SessionSync } from './session-sync';
import { SessionsService } from './sessions.service';
import { type Workspace } from './workspace';
import { WorkspaceDirectory } from './workspace-directory';
import { WorkspaceRemoval } from './workspace-removal';
import { WorkspaceEntity } from './workspace.entity';
import { WorkspacesModule } from './workspaces.module';
import { WorkspacesService } from './workspaces.service';

describe.each(DIALECTS)('Sessions on %s', dialect => {
  let storage: EmptyStorage;
  let one: INestApplicationContext;
  /** A file of SQLite has one process, so there is another replica on PostgreSQL alone. */
  let other: INestApplicationContext | undefined;
  let base: Workspace;
  const by = byServer('user');

  beforeAll(async () => {
    storage = await emptyStorage(dialect);
    const sessions = { maxPerWorkspace: 5, maxMocks: 10, ttlMs: 3_600_000 };
    const start = (): Promise<INestApplicationContext> =>
      startContext({ database: storage.database, dataDir: storage.folder, workspaceGraceDays: 7, sessions }, [
        WorkspacesModule,
      ]);
    one = await start();
    if (dialect === 'postgres') other = await start();
    await eventually(() => one.get(WorkspaceDirectory).isLoaded && other?.get(WorkspaceDirectory).isLoaded !== false);
    base = one.get(WorkspaceDirectory).bySlug('default')!;
  });
  afterAll(async () => {
    await one.close();
    await other?.close();
    await storage.remove();
  });
  afterEach(async () => {
    for (const { scope } of one.get(SessionDirectory).all()) await one.get(SessionSync).remove(scope);
    await other?.get(SessionSync).poll();
  });

  const rows = (): Promise<WorkspaceEntity[]> =>
    one.get(Database).read(manager => manager.findBy(WorkspaceEntity, { baseId: base.id }));

  it('see the workspace under an id of their own, which is made of both ids', () => {
    const here = one.get(SessionDirectory).open(base, 'a')!;
    expect(here).toMatchObject({ slug: 'default', settings: base.settings });
    expect(here.session).toEqual({ id: 'a', workspaceId: base.id });
    expect(here.id).toBe(scopeOfSession(base.id, 'a'));
    expect([here.id.length, isSessionScope(here.id), isSessionScope(base.id)]).toEqual([36, true, false]);
    expect([rootIdOf(here), rootIdOf(base)]).toEqual([base.id, base.id]);
    expect(one.get(SessionDirectory).open(base, 'a')).toBe(here);
  });

  it.each(['', '-a', 'a b', 'a/b', '..', '\u0000', 'ü', 'a'.repeat(65)])('do not begin with the id %j', id => {
    expect(one.get(SessionDirectory).open(base, id)).toBeUndefined();
    expect(() => one.get(SessionsService).open(base, id)).toThrow(/A session id is/);
  });

  it('are bounded for each workspace', () => {
    const directory = one.get(SessionDirectory);
    for (let i = 0; i < 5; i++) expect(directory.open(base, `n${i}`)).toBeDefined();
    expect(directory.open(base, 'n5')).toBeUndefined();
    expect(directory.open(base, 'n4')).toBeDefined();
    expect(directory.open({ ...base, id: '11111111-1111-4111-8111-111111111111' }, 'n5')).toBeDefined();
  });

  it('are no workspaces: not in the list, not by slug, and not counted', async () => {
    one.get(SessionDirectory).open(base, 'a');
    await eventually(async () => (await rows()).length === 1);
    await one.get(WorkspaceDirectory).refresh();
    const [row] = await rows();
    expect(
      one
        .get(WorkspaceDirectory)
        .all()
        .map(({ slug }) => slug),
    ).toEqual(['default']);
    expect(one.get(WorkspaceDirectory).bySlug(row!.slug)).toBeUndefined();
    expect(one.get(WorkspaceDirectory).byId(row!.id)?.session?.id).toBe('a');
  });

  it('get a row before something is written in them, and tell of it', async () => {
    const { id } = one.get(SessionDirectory).open(base, 'a')!;
    const told: string[] = [];
    one.get(WorkspaceDirectory).onChange(workspace => told.push(`${workspace.id} ${workspace.revision}`));
    await one.get(WorkspacesService).change(id, by, () => Promise.resolve());
    expect(told).toEqual([`${id} 1`]);
    const { revision } = one.get(WorkspaceDirectory).bySlug('default')!;
    expect(revision).toBe(base.revision);
  });

  it('cost no statement more when they are used without end', async () => {
    one.get(SessionDirectory).open(base, 'a');
    await eventually(async () => (await rows()).length === 1);
    const [before] = await rows();
    for (let i = 0; i < 5; i++) {
      one.get(SessionDirectory).open(base, 'a');
      await new Promise(resolve => setTimeout(resolve, 250));
    }
    expect(await rows()).toEqual([before]);
  });

  it('take no changes, nor does one begin, while their workspace is archived', async () => {
    const service = one.get(WorkspacesService);
    const team = await service.create({ slug: 'resting', name: 'Team' }, by);
    const { id } = one.get(SessionDirectory).open(team, 'a')!;
    await service.update('resting', { isArchived: true }, by);
    await expect(service.change(id, by, () => Promise.resolve())).rejects.toThrow(
      /archived workspace takes no changes/,
    );
    await expect(
      one.get(SessionsService).create(one.get(WorkspaceDirectory).bySlug('resting')!, { id: 'b' }),
    ).rejects.toMatchObject({ problem: 'workspace-archived' });
    await service.update('resting', { isArchived: false }, by);
    expect(await service.change(id, by, () => Promise.resolve('made'))).toMatchObject({ result: 'made' });
  });

  it('end with their workspace, and do not come back with it', async () => {
    const service = one.get(WorkspacesService);
    const team = await service.create({ slug: 'team', name: 'Team' }, by);
    const { id } = one.get(SessionDirectory).open(team, 'a')!;
    await service.change(id, by, () => Promise.resolve());
    const ended: string[] = [];
    one.get(WorkspaceDirectory).onRemove(workspace => ended.push(workspace.id));
    await one.get(WorkspaceRemoval).remove('team');
    expect(ended).toEqual([id, team.id]);
    await one.get(WorkspaceRemoval).restore(team.id);
    await one.get(SessionSync).poll();
    expect(one.get(SessionDirectory).of(team.id)).toEqual([]);
  });

  if (dialect !== 'postgres') return;

  it('stay ended though their row was to be written meanwhile', async () => {
    const { id } = one.get(SessionDirectory).open(base, 'a')!;
    const [sync, database] = [one.get(SessionSync), one.get(Database)];
    const transaction = database.transaction.bind(database);
    const hint = jest.spyOn(database, 'hint');
    const between = jest.spyOn(database, 'transaction').mockImplementation(work =>
      transaction(async manager => {
        const result = await work(manager);
        if (hint.mock.calls.length === 0) return result;
        between.mockRestore();
        await sync.ensureStored(id); // the row is deleted, and the deletion not committed yet
        return result;
      }),
    );
    await sync.remove(id);
    await sync.poll();
    expect([one.get(SessionDirectory).at(id), await rows()]).toEqual([undefined, []]);
  });

  it('are told apart by when they began: one that ended and began anew elsewhere begins anew here', async () => {
    const { id } = one.get(SessionDirectory).open(base, 'a')!;
    await one.get(WorkspacesService).change(id, by, () => Promise.resolve());
    await other!.get(SessionSync).poll();
    const ended: string[] = [];
    other!.get(WorkspaceDirectory).onRemove(workspace => ended.push(workspace.id));
    await one.get(SessionSync).remove(id);
    await new Promise(resolve => setTimeout(resolve, 2)); // its time of creation is another
    one.get(SessionDirectory).open(base, 'a');
    await one.get(WorkspacesService).change(id, by, () => Promise.resolve());
    await other!.get(SessionSync).poll();
    expect(ended).toEqual([id]);
    expect(other!.get(WorkspaceDirectory).byId(id)?.revision).toBe(1);
  });
});
