import { DIALECTS, emptyStorage, type EmptyStorage } from '../../../test/support/databases';
import { eventually } from '../../../test/support/eventually';
import { MocksTestApp } from '../../../test/support/mocks-test-app';
import { MockImportService } from './mock-import.service';

describe.each(DIALECTS)('a promotion on %s', dialect => {
  let storage: EmptyStorage;
  let server: MocksTestApp;
  const headers = { 'x-mock-session': 'run' };

  beforeAll(async () => {
    storage = await emptyStorage(dialect);
    server = await MocksTestApp.start({ database: storage.database, dataDir: storage.folder });
    await eventually(() => server.catalog.isLoaded);
  });
  afterAll(async () => {
    await server?.close();
    await storage?.remove();
  });

  it('leaves in the session what somebody edited in it meanwhile', async () => {
    const write = async (line: string, body: string) =>
      server.call(line, { body: { request: { url: '/a' }, response: { body } }, headers });
    const { json: edited } = await write('POST /mappings', 'read');
    const { json: same } = await write('POST /mappings', 'same');
    await server.call('PUT /files/a.txt', { body: 'read', headers });
    const imports = server.app.get(MockImportService, { strict: false });
    const original = imports.import.bind(imports);
    jest.spyOn(imports, 'import').mockImplementationOnce(async (...given) => {
      const report = await original(...given);
      await write(`PUT /mappings/${edited.id}`, 'edited');
      await server.call('PUT /files/a.txt', { body: 'edited', headers });
      return report;
    });
    const promoted = await server.call('POST /sessions/run/promote');
    expect(promoted.json.mocks).toEqual([same.id, edited.id]);
    const bodyOf = async (id: string, more = {}) => (await server.call(`GET /mappings/${id}`, more)).json.response.body;
    expect(await bodyOf(edited.id)).toBe('read');
    expect(await bodyOf(edited.id, { headers })).toBe('edited');
    expect((await server.call('GET /sessions/run')).json.mocks).toBe(1);
    expect((await server.call('GET /files/a.txt')).text).toBe('read');
    expect((await server.call('GET /files/a.txt', { headers })).text).toBe('edited');
  });

  it('leaves drafts waiting together, in a change set of the workspace', async () => {
    const run = { headers: { 'x-mock-session': 'drafts' } };
    const draft = async (url: string): Promise<string> =>
      (await server.call('POST /mappings', { body: { draft: true, request: { url } }, ...run })).json.id;
    const [one, two, alone] = [await draft('/1'), await draft('/2'), await draft('/3')];
    await server.call('POST /change-sets', { body: { title: 'Checkout', ids: [one, two] }, ...run });
    const setsOf = async (more = {}): Promise<object[]> =>
      (await server.call('GET /change-sets', more)).json.changeSets;

    await server.call('POST /sessions/drafts/promote', { body: { ids: [one, alone] } });
    expect(await setsOf()).toMatchObject([{ title: 'Checkout', source: 'user', author: 'anyone', drafts: 1 }]);
    expect(await setsOf(run)).toMatchObject([{ title: 'Checkout', drafts: 1 }]);

    await server.call('POST /sessions/drafts/promote');
    const [set] = await setsOf();
    expect(set).toMatchObject({ title: 'Checkout', drafts: 2 });
    expect(await setsOf(run)).toEqual([]);
    const published = await server.call(`POST /change-sets/${(set as { id: string }).id}/publish`);
    expect(published.json.ids.toSorted()).toEqual([one, two].toSorted());
    expect((await server.call('GET /drafts')).json.mappings.map(({ id }: { id: string }) => id)).toEqual([alone]);
  });
});
