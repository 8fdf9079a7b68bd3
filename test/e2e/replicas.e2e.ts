import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';

const within = 2_000;
let database: TestDatabase;
let scratch: Scratch;
let a: TestServer;
let b: TestServer;

beforeAll(async () => {
  [database, scratch] = await Promise.all([createTestDatabase(), makeScratch()]);
  // Both at once: each wants to migrate the empty database.
  [a, b] = (await Promise.all(
    ['a', 'b'].map(name => startServer({ DATABASE_URL: database.url, DATA_DIR: join(scratch.folder, name) })),
  )) as [TestServer, TestServer];
});
afterAll(async () => {
  await Promise.all([a, b].map(server => server.stop()));
  await Promise.all([database.drop(), scratch.remove()]);
});

const admin = (server: TestServer, line: string, body?: unknown) =>
  call(server.url, line.replace(' ', ' /__admin'), body === undefined ? {} : { body });
const mapping = (url: string, body: string): object => ({ request: { method: 'GET', url }, response: { body } });
const answers = async (server: TestServer, url: string): Promise<string> => {
  const { status, text } = await call(server.url, `GET ${url}`);
  return status === 200 ? text : String(status);
};
const served = (server: TestServer, url: string, wanted: string) =>
  eventually(async () => (await answers(server, url)) === wanted, within);

describe('a change on one replica is served by the other within 2 s', () => {
  it('a mock that is created, replaced and deleted', async () => {
    const { json } = await admin(a, 'POST /mappings', mapping('/one', 'created'));
    await served(b, '/one', 'created');
    await admin(a, `PUT /mappings/${json.id}`, mapping('/one', 'replaced'));
    await served(b, '/one', 'replaced');
    await admin(a, `DELETE /mappings/${json.id}`);
    await served(b, '/one', '404');
  });

  it('either replica may be the one that is asked', async () => {
    const { json } = await admin(b, 'POST /mappings', mapping('/other-way', 'by b'));
    await served(a, '/other-way', 'by b');
    await admin(a, `PUT /mappings/${json.id}`, mapping('/other-way', 'by a'));
    await served(b, '/other-way', 'by a');
    expect(await answers(a, '/other-way')).toBe('by a');
  });

  it('an import of 2,000, and then the deletion of all', async () => {
    const mappings = Array.from({ length: 2_000 }, (_, n) => mapping(`/imported/${n}`, `number ${n}`));
    const { status } = await admin(a, 'POST /mappings/import', { mappings });
    await served(b, '/imported/1999', 'number 1999');
    expect(status).toBe(200);
    expect(await answers(b, '/imported/0')).toBe('number 0');
    expect(await answers(b, '/imported/1000')).toBe('number 1000');
    await admin(a, 'DELETE /mappings');
    await served(b, '/imported/1999', '404');
    expect((await admin(b, 'GET /mappings')).json.meta.total).toBe(0);
  });

  it('a body file that is put, replaced and deleted', async () => {
    await admin(a, 'PUT /files/greeting.txt', 'hello');
    await admin(a, 'POST /mappings', {
      request: { method: 'GET', url: '/greeting' },
      response: { bodyFileName: 'greeting.txt' },
    });
    await served(b, '/greeting', 'hello');
    await admin(a, 'PUT /files/greeting.txt', 'good evening');
    await served(b, '/greeting', 'good evening');
    expect(await answers(a, '/greeting')).toBe('good evening');
    await admin(a, 'DELETE /files/greeting.txt');
    await served(b, '/greeting', '500');
  });

  it('a mock, and never without its body file', async () => {
    for (const name of ['first', 'second', 'third']) {
      await admin(a, `PUT /files/${name}.txt`, name);
      await admin(a, 'POST /mappings', {
        request: { method: 'GET', url: `/with-file/${name}` },
        response: { bodyFileName: `${name}.txt` },
      });
      const seen = new Set<string>();
      await eventually(
        async () => (seen.add(await answers(b, `/with-file/${name}`)), seen.size > 1 || seen.has(name)),
        within,
      );
      seen.delete('404');
      expect([...seen]).toEqual([name]);
    }
  });

  it('a workspace that is made, with a mock in it, and removed', async () => {
    await admin(a, 'POST /workspaces', { slug: 'team', name: 'Team' });
    await call(a.url, 'POST /__w/team/__admin/mappings', { body: mapping('/theirs', 'theirs') });
    await served(b, '/__w/team/theirs', 'theirs');
    await admin(a, 'DELETE /workspaces/team');
    await served(b, '/__w/team/theirs', '404');
    expect((await call(b.url, 'GET /__w/team/theirs')).json).toMatchObject({ code: 'workspace-not-found' });
  });
});

describe('two replicas that write at the same time', () => {
  it('end with the same mocks in the same order', async () => {
    await admin(a, 'DELETE /mappings');
    const writes = Array.from({ length: 40 }, (_, n) =>
      admin(n % 2 === 0 ? a : b, 'POST /mappings', mapping('/same', `number ${n}`)),
    );
    const statuses = (await Promise.all(writes)).map(({ status }) => status);
    const { json } = await admin(a, 'GET /mappings');
    const newest: string = json.mappings[0].response.body;
    expect(new Set(statuses)).toEqual(new Set([201]));
    expect(json.meta.total).toBe(40);
    await Promise.all([a, b].map(server => served(server, '/same', newest)));
  });

  it('let one of two edits of the same version win, and tell the other', async () => {
    const { json, headers } = await admin(a, 'POST /mappings', mapping('/edited', 'first'));
    const edits = await Promise.all(
      [a, b].map((server, n) =>
        call(server.url, `PUT /__admin/mappings/${json.id}`, {
          body: mapping('/edited', `edit ${n}`),
          headers: { 'If-Match': String(headers.etag) },
        }),
      ),
    );
    expect(edits.map(({ status }) => status).sort()).toEqual([200, 412]);
    const winner: string = edits.find(({ status }) => status === 200)?.json.response.body;
    await Promise.all([a, b].map(server => served(server, '/edited', winner)));
  });
});
