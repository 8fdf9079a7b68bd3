import { DIALECTS, emptyDatabase, type EmptyDatabase } from '../../../test/support/databases';
import { eventually } from '../../../test/support/eventually';
import { aMapping, MocksTestApp } from '../../../test/support/mocks-test-app';
import { makeScratch, type Scratch } from '../../../test/support/scratch';
import { WorkspaceDirectory } from '@mock-server/workspaces';

const workspaces = Array.from({ length: 20 }, (_, n) => `team-${n}`);

describe.each(DIALECTS)('a change in one of many workspaces on %s', dialect => {
  let empty: EmptyDatabase;
  let scratch: Scratch;
  let server: MocksTestApp;

  beforeAll(async () => {
    empty = await emptyDatabase(dialect);
    scratch = await makeScratch();
    server = await MocksTestApp.start({ database: empty.config, dataDir: scratch.folder });
    for (const slug of workspaces) {
      await server.call('POST /workspaces', { body: { slug, name: slug } });
      await server.call('POST /mappings', { body: aMapping(), headers: { 'x-mock-workspace': slug } });
    }
    await eventually(() => server.catalog.isLoaded);
  });
  afterAll(async () => {
    await server?.close();
    await scratch?.remove();
    await empty?.drop();
  });

  const idOf = (slug: string): string =>
    server.app.get(WorkspaceDirectory, { strict: false }).bySlug(slug)?.id ?? 'none';
  const compiledIn = (slug: string): unknown[] => [...(server.catalog.catalogOf(idOf(slug))?.mocks() ?? [])];

  it('compiles what changed there, and nothing else anywhere', async () => {
    const before = new Map(workspaces.map(slug => [slug, compiledIn(slug)]));
    const loaded: string[] = [];
    server.catalog.onLoad(id => loaded.push(id));
    const changed = 'team-7';
    await server.call('POST /mappings', { body: aMapping(), headers: { 'x-mock-workspace': changed } });
    expect(loaded).toEqual([idOf(changed)]);
    for (const slug of workspaces) {
      const [now, then] = [compiledIn(slug), before.get(slug)!];
      expect(now).toHaveLength(slug === changed ? 2 : 1);
      expect(now).toContain(then[0]); // the very same compiled mock
    }
  });
});
