import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Database } from '@mock-server/database';
import { DIALECTS, emptyStorage, type EmptyStorage } from '../../../test/support/databases';
import { eventually } from '../../../test/support/eventually';
import { aMapping, MocksTestApp } from '../../../test/support/mocks-test-app';
import { FileStore } from './index';

jest.setTimeout(30_000);

const defaultId = '00000000-0000-4000-8000-000000000000';

describe.each(DIALECTS)('/__admin/files on %s', dialect => {
  let storage: EmptyStorage;
  let server: MocksTestApp;
  let store: FileStore;

  const start = async (): Promise<void> => {
    server = await MocksTestApp.start({
      database: storage.database,
      dataDir: join(storage.folder, 'data'),
      mappingsDir: join(storage.folder, 'wiremock'),
    });
    store = server.app.get(FileStore, { strict: false });
  };

  beforeAll(async () => {
    storage = await emptyStorage(dialect);
    await mkdir(join(storage.folder, 'wiremock/__files/deep'), { recursive: true });
    await mkdir(join(storage.folder, 'wiremock/__files-secret'));
    await mkdir(join(storage.folder, 'wiremock/mappings'));
    await writeFile(join(storage.folder, 'wiremock/__files/deep/disk.txt'), 'from disk');
    await writeFile(join(storage.folder, 'wiremock/__files-secret/x.txt'), 'secret');
    await symlink(
      join(storage.folder, 'wiremock/__files-secret/x.txt'),
      join(storage.folder, 'wiremock/__files/link.txt'),
    );
    await start();
  });

  afterAll(async () => {
    await server?.close();
    await storage?.remove();
  });

  const read = async (name: string): Promise<string | undefined> => (await store.read(defaultId, name))?.toString();

  it('stores bytes under any deep path, answers in base64, and gives them back', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    const put = await server.call('PUT /files/a/b/c.bin', { body: bytes });
    expect([put.status, put.text, put.headers['content-type']]).toEqual([
      200,
      JSON.stringify(bytes.toString('base64')),
      expect.stringContaining('application/json'),
    ]);
    expect(await store.read(defaultId, 'a/b/c.bin')).toEqual(bytes);
    expect((await server.call('GET /files/a/b/c.bin')).status).toBe(200);
    await server.call('PUT /files/t.txt', { body: Buffer.from('stored') });
    await server.call('PUT /files/t.txt', { body: Buffer.from('changed') });
    expect((await server.call('GET /files/t.txt')).text).toBe('changed');
    expect(await read('t.txt')).toBe('changed');
    await server.call('PUT /files/empty.txt', { body: Buffer.alloc(0) });
    expect(await read('empty.txt')).toBe('');
  });

  it('takes JSON bytes as bytes, not as JSON', async () => {
    await server.call('PUT /files/x.json', { body: '{ "a" :  1 }' });
    expect(await read('x.json')).toBe('{ "a" :  1 }');
  });

  it('lists names, those of the folder too, and forgets a deleted one', async () => {
    await server.call('PUT /files/z.txt', { body: Buffer.from('z') });
    const names = (await server.call('GET /files')).json as string[];
    expect(names).toEqual(expect.arrayContaining(['z.txt', 'deep/disk.txt']));
    expect((await server.call('DELETE /files/z.txt')).status).toBe(200);
    expect((await server.call('GET /files/z.txt')).json.code).toBe('file-not-found');
    expect((await server.call('DELETE /files/z.txt')).status).toBe(200); // as WireMock
    expect(await read('z.txt')).toBeUndefined();
  });

  it.each([
    '..%2fx',
    '%252e%252e/x',
    '....//x',
    '/etc/passwd',
    '%2Fetc%2Fpasswd',
    'a%2f..%2fb',
    'a%5cb',
    'a%00b',
    'a%0ab',
    'a//b',
    '.%2fa',
    `${'a/'.repeat(600)}b`,
  ])('refuses the name %s', async name => {
    for (const method of ['PUT', 'GET', 'DELETE']) {
      const { status } = await server.call(
        `${method} /files/${name}`,
        method === 'PUT' ? { body: Buffer.from('x') } : {},
      );
      expect([404, 414, 422]).toContain(status);
    }
    expect((await server.call('GET /files')).json).not.toContainEqual(expect.stringMatching(/\.\.|etc|\\|\n/));
  });

  it('refuses a file that is too large', async () => {
    expect((await server.call('PUT /files/big.bin', { body: Buffer.alloc(10 * 1_024 * 1_024 + 1) })).status).toBe(413);
    expect((await server.call('PUT /files/big.bin', { body: Buffer.alloc(10 * 1_024 * 1_024) })).status).toBe(200);
    await server.call('DELETE /files/big.bin');
  });

  it('falls back to __files of the folder, for `default` only, follows edits, and never leaves it', async () => {
    expect(await read('deep/disk.txt')).toBe('from disk');
    await writeFile(join(storage.folder, 'wiremock/__files/deep/disk.txt'), 'edited on disk');
    await eventually(async () => (await read('deep/disk.txt')) === 'edited on disk');
    for (const name of ['link.txt', '../__files-secret/x.txt', '../mappings', 'deep', '/etc/passwd'])
      expect(await read(name)).toBeUndefined();
    await server.call('POST /workspaces', { body: { slug: `f-${dialect}`, name: 'F' } });
    const other = (await server.call(`GET /workspaces/f-${dialect}`)).json.id as string;
    expect(await store.read(other, 'deep/disk.txt')).toBeUndefined();
    await server.call('PUT /files/own.txt', {
      body: Buffer.from('own'),
      headers: { 'x-mock-workspace': `f-${dialect}` },
    });
    expect(await read('own.txt')).toBeUndefined();
    expect((await store.read(other, 'own.txt'))?.toString()).toBe('own');
  });

  it('gives a warm file at once', async () => {
    await server.call('PUT /files/warm.txt', { body: Buffer.from('warm') });
    await read('warm.txt');
    expect(Buffer.isBuffer(store.read(defaultId, 'warm.txt'))).toBe(true);
  });

  it('are listed anew when a change may have touched them, not with each write of a mock', async () => {
    const refresh = jest.spyOn(store, 'refresh');
    try {
      const { json } = await server.call('POST /mappings', { body: aMapping() });
      await server.call(`PUT /mappings/${json.id}`, { body: aMapping() });
      await server.call(`DELETE /mappings/${json.id}`);
      expect(refresh).not.toHaveBeenCalled();
      await server.call('PUT /files/listed.txt', { body: Buffer.from('listed') });
      expect(refresh).toHaveBeenCalled();
    } finally {
      refresh.mockRestore();
    }
  });

  it('that could not be listed are listed with the next change, whatever it changes', async () => {
    const database = server.app.get(Database, { strict: false });
    const run = (...statements: string[]): Promise<void> =>
      database.transaction(async manager => {
        for (const statement of statements) await manager.query(statement);
      });
    await server.call('PUT /files/gone.txt', { body: Buffer.from('gone') });
    await run("DELETE FROM files WHERE path = 'gone.txt'", 'ALTER TABLE files RENAME TO files_away');
    await store.refresh(defaultId);
    await run('ALTER TABLE files_away RENAME TO files');
    expect(await read('gone.txt')).toBe('gone');
    await server.call('POST /mappings', { body: aMapping() });
    await eventually(async () => (await read('gone.txt')) === undefined);
  });

  it('leaves no copies of replaced files behind on disk', async () => {
    const before = (await readdir(join(storage.folder, 'data/files'))).length;
    for (let n = 0; n < 20; n++) await server.call('PUT /files/again.txt', { body: Buffer.from(`version ${n}`) });
    await eventually(async () => (await readdir(join(storage.folder, 'data/files'))).length <= before + 2, 3_000);
  });

  it('has them after a restart, also with its disk copies gone', async () => {
    await server.call('PUT /files/lasting.txt', { body: Buffer.from('lasting') });
    await server.close();
    await rm(join(storage.folder, 'data'), { recursive: true });
    await start();
    expect(await read('lasting.txt')).toBe('lasting');
  });
});
