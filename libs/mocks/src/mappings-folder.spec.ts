import { mkdir, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DIALECTS, emptyStorage, type EmptyStorage } from '../../../test/support/databases';
import { eventually } from '../../../test/support/eventually';
import { aMapping, MocksTestApp, urlsOf } from '../../../test/support/mocks-test-app';

jest.setTimeout(30_000);

describe.each(DIALECTS)('MAPPINGS_DIR on %s', dialect => {
  let storage: EmptyStorage;
  let server: MocksTestApp | undefined;

  beforeEach(async () => {
    storage = await emptyStorage(dialect);
  });

  afterEach(async () => {
    await stop();
    await storage.remove();
  });

  const folder = (): string => join(storage.folder, 'wiremock');
  const at = (url: string, changes: object = {}): object => aMapping({ request: { method: 'GET', url }, ...changes });
  const write = async (file: string, content: unknown): Promise<void> => {
    await mkdir(dirname(join(folder(), file)), { recursive: true });
    await writeFile(join(folder(), file), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const start = async (): Promise<MocksTestApp> =>
    (server = await MocksTestApp.start({
      database: storage.database,
      dataDir: join(storage.folder, 'data'),
      mappingsDir: folder(),
    }));
  const stop = async (): Promise<void> => {
    await server?.close();
    server = undefined;
  };
  const list = async (): Promise<string[]> => (server === undefined ? [] : urlsOf(await server.call('GET /mappings')));
  const becomes = (...urls: string[]): Promise<void> =>
    eventually(async () => (await list()).join() === urls.join(), 6_000).catch(async () =>
      expect(await list()).toEqual(urls),
    );
  const problems = async (): Promise<{ file: string; message: string }[]> =>
    (await server?.call('GET /mappings/directory'))?.json.problems;
  const revision = (): number => server?.catalog.revisionOf('00000000-0000-4000-8000-000000000000') ?? 0;

  it('is loaded at start: single and many in a file, nested, the last of a list first, and no files of __files', async () => {
    await write('mappings/a.json', at('/a'));
    await write('mappings/deep/er/b.json', { mappings: [at('/b1'), at('/b2')] });
    await write('__files/body.json', '{"not": "a mapping"}');
    await start();
    expect(await list()).toEqual(['/b2', '/b1', '/a']);
    expect(await problems()).toEqual([]);
  });

  it('takes a folder of JSON files without `mappings`', async () => {
    await write('one.json', at('/one'));
    await write('__files/body.json', '{}');
    await start();
    expect(await list()).toEqual(['/one']);
  });

  it('gives the same ids at each start, keeps given ones, and does not touch the database when nothing changed', async () => {
    const id = '2f3a1c9e-1111-4a4a-9a9a-000000000001';
    await write('mappings/a.json', { mappings: [at('/a'), at('/b', { id })] });
    await start();
    const before = (await server?.call('GET /mappings'))?.json.mappings as { id: string }[];
    expect(before.map(mapping => mapping.id)).toContain(id);
    const known = revision();
    await stop();
    await start();
    expect((await server?.call('GET /mappings'))?.json.mappings).toEqual(before);
    expect(revision()).toBe(known);
  });

  it('follows edits, new files and removed files while it runs, and leaves the others alone', async () => {
    await write('mappings/a.json', at('/a'));
    await write('mappings/b.json', at('/b'));
    await start();
    await server?.call('POST /mappings', { body: at('/api') });
    await write('mappings/a.json', at('/a2'));
    await becomes('/api', '/b', '/a2');
    await write('mappings/sub/c.json', at('/c'));
    await becomes('/c', '/api', '/b', '/a2');
    await unlink(join(folder(), 'mappings/b.json'));
    await becomes('/c', '/api', '/a2');
  });

  it('notices what changed while it was not running', async () => {
    await write('mappings/a.json', at('/a'));
    await write('mappings/b.json', at('/b'));
    await start();
    await stop();
    await unlink(join(folder(), 'mappings/b.json'));
    await write('mappings/a.json', at('/a2'));
    await start();
    expect(await list()).toEqual(['/a2']);
  });

  it('says where a bad file is wrong, and loads the others', async () => {
    await write('mappings/good.json', at('/good'));
    await write('mappings/syntax.json', '{\n  "request": {,}\n}');
    await write('mappings/field.json', {
      mappings: [at('/x'), { request: { method: 'GET', url: '/y' }, response: { status: 'ok' } }],
    });
    await write('mappings/message.json', { name: 'A message stub', trigger: {}, actions: [] });
    await write('mappings/list.json', [1, 2]);
    await start();
    expect(await list()).toEqual(['/good']);
    const found = new Map((await problems()).map(({ file, message }) => [file.replace('mappings/', ''), message]));
    expect([...found.keys()].sort()).toEqual(['field.json', 'list.json', 'message.json', 'syntax.json']);
    expect(found.get('syntax.json')).toMatch(/line 2.*column 15/);
    expect(found.get('field.json')).toContain('/mappings/1/response/status');
  });

  it('keeps the last good mocks of a file that turns bad, over a restart too, and recovers', async () => {
    await write('mappings/a.json', at('/a'));
    await start();
    await write('mappings/a.json', '{ "request": ');
    await eventually(async () => (await problems()).length === 1, 6_000);
    expect(await list()).toEqual(['/a']);
    await stop();
    await start();
    expect(await list()).toEqual(['/a']);
    await write('mappings/a.json', at('/a2'));
    await becomes('/a2');
    expect(await problems()).toEqual([]);
  });

  it('keeps an edit made through the API over a restart, and reset puts the file’s mock back', async () => {
    await write('mappings/a.json', at('/a'));
    await start();
    const id = ((await server?.call('GET /mappings'))?.json.mappings as { id: string }[])[0]?.id;
    await server?.call(`PUT /mappings/${id}`, { body: at('/edited') });
    await stop();
    await start();
    expect(await list()).toEqual(['/edited']);
    await server?.call('POST /mappings', { body: at('/api') });
    await server?.call('POST /mappings/reset');
    expect(await list()).toEqual(['/a']);
    await server?.call('DELETE /mappings');
    await server?.call('POST /mappings/reset');
    expect(await list()).toEqual(['/a']);
  });

  it('reports an id that two files name, and does not swing between them', async () => {
    const id = '2f3a1c9e-1111-4a4a-9a9a-000000000001';
    await write('mappings/a.json', at('/a', { id }));
    await write('mappings/b.json', at('/b', { id }));
    await start();
    expect(await list()).toHaveLength(1);
    expect((await problems()).map(({ file }) => file.replace('mappings/', ''))).toEqual(['b.json']);
    const [served] = await list();
    const known = revision();
    await stop();
    await start();
    expect(await list()).toEqual([served]);
    expect(revision()).toBe(known);
  });

  it('shows up later: a folder that is not there at start is no harm', async () => {
    await start();
    expect(await list()).toEqual([]);
    await write('mappings/a.json', at('/a'));
    await becomes('/a');
  });

  it('follows links as Kubernetes lays them out, without seeing a file twice', async () => {
    await write('mappings/..2026_01/a.json', at('/a'));
    await symlink('..2026_01', join(folder(), 'mappings/..data'));
    await symlink('..data/a.json', join(folder(), 'mappings/a.json'));
    await start();
    expect(await list()).toEqual(['/a']);
    await write('mappings/..2026_02/a.json', at('/a2'));
    await rm(join(folder(), 'mappings/..data'));
    await symlink('..2026_02', join(folder(), 'mappings/..data'));
    await becomes('/a2');
  });
});
