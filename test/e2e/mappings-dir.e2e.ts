import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';

const reloadWithinMs = 2_000;
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
let scratch: Scratch;
let server: TestServer;
let folder: string;

/** Written aside and renamed, as editors do. */
async function put(name: string, content: string | Buffer | object): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(
    `${path}.tmp`,
    Buffer.isBuffer(content) || typeof content === 'string' ? content : JSON.stringify(content),
  );
  await rename(`${path}.tmp`, path);
}
const mapping = (url: string, response: object): object => ({ request: { method: 'GET', url }, response });
const get = (url: string) => call(server.url, `GET ${url}`);
const statusSoon = (url: string, status: number) =>
  eventually(async () => (await get(url)).status === status, reloadWithinMs);
const textSoon = (url: string, text: string) => eventually(async () => (await get(url)).text === text, reloadWithinMs);

beforeAll(async () => {
  scratch = await makeScratch();
  folder = join(scratch.folder, 'wiremock');
  await put('mappings/one.json', mapping('/one', { body: 'one' }));
  await put('mappings/several.json', {
    mappings: [mapping('/several/1', { body: 'first' }), mapping('/several/2', { body: 'second' })],
  });
  await put('mappings/orders/deep/list.json', mapping('/orders', { bodyFileName: 'orders/list.json' }));
  await put(
    'mappings/logo.json',
    mapping('/logo', { bodyFileName: 'logo.png', headers: { 'Content-Type': 'image/png' } }),
  );
  await put('mappings/outside.json', mapping('/outside', { bodyFileName: 'link.txt' }));
  await put('mappings/broken.json', '{\n  "request": { "url": "/broken" },\n  "response": { "status": 200, }\n}\n');
  await put('mappings/mistaken.json', { request: { url: '/m', urlPath: 7 }, response: {} });
  await put('__files/orders/list.json', '[{"id":1,"item":"café"}]');
  await put('__files/logo.png', png);
  await writeFile(join(scratch.folder, 'secret.txt'), 'secret');
  await symlink(join(scratch.folder, 'secret.txt'), join(folder, '__files/link.txt'));
  server = await startServer({
    DATABASE_URL: `sqlite:${join(scratch.folder, 'mock-server.db')}`,
    DATA_DIR: scratch.folder,
    MAPPINGS_DIR: folder,
  });
});
afterAll(async () => {
  await server.stop();
  await scratch.remove();
});

describe('a folder of WireMock files', () => {
  it.each([
    ['a file with one mapping', '/one', 'one'],
    ['the first mapping of a file with several', '/several/1', 'first'],
    ['the second mapping of a file with several', '/several/2', 'second'],
    ['a mapping in a subfolder, with a text body file', '/orders', '[{"id":1,"item":"café"}]'],
  ])('%s answers', async (_what, url, text) => {
    expect(await get(url)).toMatchObject({ status: 200, text });
  });

  it('a binary body file arrives byte by byte', async () => {
    const { bytes, headers } = await get('/logo');
    expect(bytes.equals(png)).toBe(true);
    expect(headers['content-type']).toBe('image/png');
  });

  it('a link that leads out of __files is not followed', async () => {
    const answer = await get('/outside');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret');
    expect(answer.text).toContain('link.txt');
  });

  it('a broken file is named with line and column, in the log and in the admin API, and the others load', async () => {
    const { json } = await call(server.url, 'GET /__admin/mappings/directory');
    const problems = new Map<string, string>(
      json.problems.map(({ file, message }: { file: string; message: string }) => [file, message]),
    );
    expect([...problems.keys()].sort()).toEqual(['broken.json', 'mistaken.json']);
    expect(problems.get('broken.json')).toMatch(/line 3, column 30/);
    expect(problems.get('mistaken.json')).toMatch(/\/request\/urlPath/);
    expect(json.files).toBe(5);
    expect(server.output()).toMatch(/broken\.json is left out: .*line 3, column 30/);
  });

  it('a file that is added, changed or removed is served so within 2 s', async () => {
    await put('mappings/later.json', mapping('/later', { body: 'added' }));
    await textSoon('/later', 'added');
    await put('mappings/later.json', mapping('/later', { body: 'changed' }));
    await textSoon('/later', 'changed');
    await rm(join(folder, 'mappings/later.json'));
    await statusSoon('/later', 404);
    expect((await get('/one')).text).toBe('one');
  });

  it('a file added in a new subfolder, and a file that is written in place, are noticed', async () => {
    await put('mappings/new/folder/here.json', mapping('/here', { body: 'here' }));
    await textSoon('/here', 'here');
    await writeFile(join(folder, 'mappings/new/folder/here.json'), JSON.stringify(mapping('/here', { body: 'there' })));
    await textSoon('/here', 'there');
    await rm(join(folder, 'mappings/new'), { recursive: true });
    await statusSoon('/here', 404);
  });

  it('a body file that changes is served so within 2 s', async () => {
    await put('__files/orders/list.json', '[]');
    await textSoon('/orders', '[]');
  });

  it('a file that breaks keeps what it gave before, until it is mended', async () => {
    await put('mappings/fragile.json', mapping('/fragile', { body: 'whole' }));
    await textSoon('/fragile', 'whole');
    await put('mappings/fragile.json', '{ "request": ');
    await eventually(() => server.output().includes('fragile.json is left out'), reloadWithinMs);
    expect((await get('/fragile')).text).toBe('whole');
    await put('mappings/fragile.json', mapping('/fragile', { body: 'mended' }));
    await textSoon('/fragile', 'mended');
  });

  it('reset puts back what files say, and keeps nothing else', async () => {
    await call(server.url, 'POST /__admin/mappings', { body: mapping('/by-hand', { body: 'by hand' }) });
    const { json } = await call(server.url, 'GET /__admin/mappings?search=several/1');
    await call(server.url, `PUT /__admin/mappings/${json.mappings[0].id}`, {
      body: mapping('/several/1', { body: 'edited' }),
    });
    expect([(await get('/by-hand')).text, (await get('/several/1')).text]).toEqual(['by hand', 'edited']);
    await call(server.url, 'POST /__admin/mappings/reset');
    expect([(await get('/by-hand')).status, (await get('/several/1')).text]).toEqual([404, 'first']);
  });
});
