import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type INestApplicationContext } from '@nestjs/common';
import { createTestDatabase, type TestDatabase } from '../../../test/support/postgres';
import { BY } from '../../../test/support/by';
import { eventually } from '../../../test/support/eventually';
import { makeScratch, type Scratch } from '../../../test/support/scratch';
import { startContext } from '../../../test/support/start-context';
import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy';
import { WorkspaceDirectory } from './workspace-directory';
import { WorkspacesModule } from './workspaces.module';
import { WorkspacesService } from './workspaces.service';

describe('The last known workspaces', () => {
  let real: TestDatabase;
  let proxy: TcpProxy;
  let scratch: Scratch;
  const contexts: INestApplicationContext[] = [];

  beforeEach(async () => {
    real = await createTestDatabase();
    proxy = await startTcpProxy(real.url);
    scratch = await makeScratch();
  });

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map(context => context.close()));
    await proxy.close();
    await real.drop();
    await scratch.remove();
  });

  async function start(backendUrl?: string): Promise<INestApplicationContext> {
    const database = { kind: 'postgres' as const, url: proxy.url, poolSize: 3 };
    const context = await startContext({ database, dataDir: scratch.folder, backendUrl }, [WorkspacesModule]);
    contexts.push(context);
    return context;
  }
  const file = (): string => join(scratch.folder, 'workspaces.json');

  async function startAndStop(): Promise<void> {
    const first = await start('http://before.test');
    await eventually(() => first.get(WorkspaceDirectory).isLoaded);
    await first.get(WorkspacesService).create({ slug: 'team-a', name: 'Team A' }, BY);
    await contexts.pop()!.close();
  }

  it('stay while the database is away', async () => {
    const directory = (await start()).get(WorkspaceDirectory);
    await eventually(() => directory.isLoaded);
    await proxy.cut();
    await directory.refresh();
    expect(directory.bySlug('default')).toBeDefined();
  });

  it('come from a file when the server starts without the database, and the truth when it is back', async () => {
    await startAndStop();
    expect(readdirSync(scratch.folder)).toEqual(['workspaces.json']);
    await proxy.cut();
    const second = await start('http://after.test');
    const directory = second.get(WorkspaceDirectory);
    expect(directory.isLoaded).toBe(true);
    expect(directory.bySlug('team-a')?.name).toBe('Team A');
    expect(directory.bySlug('default')?.settings.backendUrl).toBe('http://after.test');
    await expect(second.get(WorkspacesService).update('team-a', { name: 'B' }, BY)).rejects.toMatchObject({
      problem: 'database-unavailable',
    });
    await proxy.resume();
    await eventually(async () => {
      await second
        .get(WorkspacesService)
        .update('team-a', { name: 'B' }, BY)
        .catch(() => undefined);
      return directory.bySlug('team-a')?.name === 'B';
    });
  });

  it.each(['', '{', '[]', '{"version":1,"workspaces":[]}', '{"version":1,"workspaces":[{"id":7}]}'])(
    'are not taken from a file that says %j',
    async content => {
      await startAndStop();
      writeFileSync(file(), content);
      await proxy.cut();
      const directory = (await start()).get(WorkspaceDirectory);
      expect(directory.isLoaded).toBe(false);
      await proxy.resume();
      await eventually(() => directory.isLoaded);
      await eventually(() => readFileSync(file(), 'utf8').includes('team-a'));
    },
  );
});
