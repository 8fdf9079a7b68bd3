import { randomUUID } from 'node:crypto';
import { Database } from '@mock-server/database';
import { DIALECTS, emptyDatabase, emptyStorage, type EmptyStorage } from '../../../test/support/databases';
import { aMapping, MocksTestApp, urlsOf, type Answer } from '../../../test/support/mocks-test-app';
import { schemaDrift } from '../../../test/support/schema-drift';
import { ChangeSetEntity } from './change-set.entity';
import { FileEntity } from './file.entity';
import { IdempotencyKeyEntity } from './idempotency-key.entity';
import { MockEntity } from './mock.entity';
import { MockVersionEntity } from './mock-version.entity';
import { TombstoneEntity } from './tombstone.entity';
import { RevisionEntity, WorkspaceEntity } from '@mock-server/workspaces';

jest.setTimeout(30_000);

describe.each(DIALECTS)('/__admin/mappings on %s', dialect => {
  let storage: EmptyStorage;
  let server: MocksTestApp;

  beforeAll(async () => {
    storage = await emptyStorage(dialect);
    server = await MocksTestApp.start({ database: storage.database, dataDir: storage.folder });
  });

  afterAll(async () => {
    await server?.close();
    await storage?.remove();
  });

  beforeEach(() => server.call('DELETE /mappings'));

  const create = (mapping: object): Promise<Answer> => server.call('POST /mappings', { body: mapping });
  const list = async (query = ''): Promise<string[]> => urlsOf(await server.call(`GET /mappings${query}`));
  const at = (url: string, changes: object = {}): object => aMapping({ request: { method: 'GET', url }, ...changes });
  const served = (): number => server.catalog.catalogOf('00000000-0000-4000-8000-000000000000')?.size ?? -1;
  const count = (): Promise<number> =>
    server.app.get(Database, { strict: false }).read(manager => manager.count(MockEntity));

  it('fits its entities', async () => {
    const other = await emptyDatabase(dialect);
    expect(
      await schemaDrift(other.config, [
        WorkspaceEntity,
        RevisionEntity,
        MockEntity,
        MockVersionEntity,
        ChangeSetEntity,
        TombstoneEntity,
        FileEntity,
        IdempotencyKeyEntity,
      ]),
    ).toEqual([]);
    await other.drop();
  });

  it('creates, and gives back what was written with id, uuid and status, in WireMock’s order', async () => {
    const id = randomUUID();
    const mapping = {
      metadata: { a: [1, { b: null }] },
      priority: 3,
      futureField: { kept: true },
      id,
      response: { body: 'x' },
      request: { method: 'GET', url: '/a' },
      name: 'n',
      tags: ['t'],
    };
    const made = await create(mapping);
    expect(made.status).toBe(201);
    expect(made.headers['etag']).toBe('"1"');
    expect(Object.keys(made.json).slice(0, 5)).toEqual(['id', 'name', 'request', 'response', 'uuid']);
    expect(made.json).toEqual({ ...mapping, uuid: id, response: { status: 200, body: 'x' } });
    expect(made.headers['x-mock-warnings']).toContain('/futureField');
    const read = await server.call(`GET /mappings/${id}`);
    expect([read.status, read.text, read.headers['etag']]).toEqual([200, made.text, '"1"']);
  });

  it('serves a change on this replica as soon as it is answered', async () => {
    const { json } = await create(aMapping());
    expect(served()).toBe(1);
    await server.call(`DELETE /mappings/${json.id}`);
    expect(served()).toBe(0);
  });

  it('takes uuid for id, in any case', async () => {
    const uuid = randomUUID();
    const made = await create(aMapping({ uuid: uuid.toUpperCase() }));
    expect(made.json).toMatchObject({ id: uuid, uuid });
  });

  it('refuses a taken id, also when twenty come at once', async () => {
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(aMapping({ id }))));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status, json }) => status === 422 && json.code === 'mock-exists')).toHaveLength(19);
    expect(await count()).toBe(1);
  });

  it('names each mistake with its place, and stores nothing', async () => {
    const bad = await create({
      request: { method: 'GET', url: '/a', headers: { A: { matches: '[unclosed' } } },
      response: { status: 'text' },
    });
    expect([bad.status, bad.json.code]).toEqual([422, 'invalid-mapping']);
    expect(bad.json.mistakes[0].pointer).toMatch(/^\/(request|response)\//);
    expect((await create([])).status).toBe(422);
    expect((await create(aMapping({ id: 'not-a-uuid' }))).json.mistakes[0].pointer).toBe('/id');
    expect((await server.call('POST /mappings', { body: '{ "request": ' })).json).toMatchObject({
      code: 'invalid-json',
      line: 1,
    });
    expect(await count()).toBe(0);
  });

  it('answers 4xx for ids that are none, 404 for unknown ones, and a verb that does not exist', async () => {
    for (const line of [
      'GET /mappings/not-a-uuid',
      'DELETE /mappings/not-a-uuid',
      'PATCH /mappings',
      'PUT /mappings',
    ]) {
      const { status } = await server.call(line);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    const id = randomUUID();
    expect((await server.call(`GET /mappings/${id}`)).json.code).toBe('mock-not-found');
    expect((await server.call(`PUT /mappings/${id}`, { body: aMapping() })).status).toBe(404);
    expect((await server.call(`DELETE /mappings/${id}`)).status).toBe(404);
  });

  it('replaces in place: the order stays, the version rises, the path’s id counts', async () => {
    const first = (await create(at('/1'))).json.id as string;
    await create(at('/2'));
    const replaced = await server.call(`PUT /mappings/${first}`, { body: at('/1b', { id: randomUUID() }) });
    expect([replaced.status, replaced.headers['etag'], replaced.json.id]).toEqual([200, '"2"', first]);
    expect(await list()).toEqual(['/2', '/1b']);
  });

  it('refuses a stale write, and says which version there is', async () => {
    const { json } = await create(aMapping());
    const path = `/mappings/${json.id}`;
    expect((await server.call(`PUT ${path}`, { body: at('/new'), headers: { 'if-match': '"1"' } })).status).toBe(200);
    const stale = await server.call(`PUT ${path}`, { body: at('/late'), headers: { 'if-match': '"1"' } });
    expect([stale.status, stale.json.code, stale.headers['etag']]).toEqual([412, 'stale-write', '"2"']);
    expect((await server.call(`DELETE ${path}`, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect(await list()).toEqual(['/new']);
    expect((await server.call(`DELETE ${path}`, { headers: { 'if-match': '"2"' } })).status).toBe(200);
  });

  it('lets one of many writers with the same version win', async () => {
    const { json } = await create(aMapping());
    const writes = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        server.call(`PUT /mappings/${json.id}`, { body: at(`/${n}`), headers: { 'if-match': '"1"' } }),
      ),
    );
    expect(writes.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(writes.filter(({ status }) => status === 412)).toHaveLength(9);
  });

  it('deletes one with {}, and then it is not there', async () => {
    const { json } = await create(aMapping());
    const first = await server.call(`DELETE /mappings/${json.id}`);
    expect([first.status, first.json]).toEqual([200, {}]);
    expect((await server.call(`DELETE /mappings/${json.id}`)).status).toBe(404);
  });

  it('lists newest first, in pages', async () => {
    for (const n of [1, 2, 3]) await create(at(`/${n}`));
    const all = await server.call('GET /mappings');
    expect([urlsOf(all), all.json.meta]).toEqual([['/3', '/2', '/1'], { total: 3 }]);
    expect(await list('?limit=2')).toEqual(['/3', '/2']);
    expect(await list('?limit=1&offset=1')).toEqual(['/2']);
    expect(await list('?offset=2')).toEqual(['/1']);
    expect(await list('?limit=0')).toEqual([]);
    expect((await server.call('GET /mappings?limit=-1')).status).toBe(400);
  });

  it('filters by text, tag and enabled, takes signs as they are, and bounds what is asked', async () => {
    await create(at('/orders', { name: 'Order 100%', tags: ['shop'] }));
    await create(at('/users', { enabled: false, tags: ['people', 'shop'] }));
    await create(at('/x', { name: '1000' }));
    expect(await list('?search=ORDER')).toEqual(['/orders']);
    expect(await list('?search=100%25')).toEqual(['/orders']);
    expect(await list('?tag=shop')).toEqual(['/users', '/orders']);
    expect(await list('?tag=sho')).toEqual([]);
    expect(await list('?enabled=false')).toEqual(['/users']);
    expect((await server.call('GET /mappings?tag=shop&limit=1')).json.meta.total).toBe(2);
    expect((await server.call('GET /mappings?enabled=maybe')).status).toBe(400);
    expect((await server.call(`GET /mappings?search=${'a'.repeat(1_000)}`)).status).toBe(400);
    expect((await server.call('GET /mappings?search=a&search=b')).status).toBe(400);
  });

  it('imports with the first of the list as the newest, and overwrites by default, in place', async () => {
    const id = randomUUID();
    await create(at('/old', { id }));
    await create(at('/stays'));
    const answer = await server.call('POST /mappings/import', {
      body: { mappings: [at('/first'), at('/new', { id }), at('/last')] },
    });
    expect(answer.status).toBe(200);
    expect(await list()).toEqual(['/first', '/last', '/stays', '/new']);
  });

  it('imports with IGNORE and deleteAllNotInImport', async () => {
    const id = randomUUID();
    await create(at('/old', { id }));
    await create(at('/gone'));
    await server.call('POST /mappings/import', {
      body: {
        mappings: [at('/new', { id }), at('/fresh')],
        importOptions: { duplicatePolicy: 'IGNORE', deleteAllNotInImport: true },
      },
    });
    expect(await list()).toEqual(['/fresh', '/old']);
    expect(served()).toBe(2);
  });

  it('imports an id that stands twice in the list as WireMock does: read from last to first', async () => {
    const id = randomUUID();
    const mappings = [at('/above', { id }), at('/between'), at('/below', { id })];
    await server.call('POST /mappings/import', { body: { mappings, importOptions: { duplicatePolicy: 'OVERWRITE' } } });
    expect(await list()).toEqual(['/between', '/above']);
    await server.call('DELETE /mappings');
    await server.call('POST /mappings/import', { body: { mappings, importOptions: { duplicatePolicy: 'IGNORE' } } });
    expect(await list()).toEqual(['/between', '/below']);
  });

  it('imports all or nothing, and points at what is wrong', async () => {
    const answer = await server.call('POST /mappings/import', {
      body: { mappings: [at('/a'), { request: { url: 5 } }], importOptions: { deleteAllNotInImport: true } },
    });
    expect([answer.status, answer.json.code]).toEqual([422, 'invalid-mapping']);
    expect(answer.json.mistakes[0].pointer).toBe('/mappings/1/request/url');
    expect(await count()).toBe(0);
    for (const body of [{}, { mappings: 1 }, [], { mappings: [], importOptions: { duplicatePolicy: 'SOMETIMES' } }]) {
      expect((await server.call('POST /mappings/import', { body })).status).toBe(422);
    }
  });

  it('imports and overwrites thousands quickly, without holding up others', async () => {
    const mappings = Array.from({ length: 5_000 }, (_, n) => at(`/many/${n}`, { id: randomUUID() }));
    let longest = 0;
    let last = performance.now();
    const ticker = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const seconds: number[] = [];
    for (const _round of ['insert', 'overwrite']) {
      const startedAt = performance.now();
      expect((await server.call('POST /mappings/import', { body: { mappings } })).status).toBe(200);
      seconds.push((performance.now() - startedAt) / 1_000);
    }
    clearInterval(ticker);
    expect(served()).toBe(5_000);
    expect(Math.max(...seconds)).toBeLessThan(4); // well under one on a quiet machine
    expect(longest).toBeLessThan(400); // one parse of the body is the most that stands still
  });

  it('keeps persistent mocks on reset, drops the rest, and says nothing', async () => {
    await create(at('/kept', { persistent: true }));
    await create(at('/dropped'));
    const reset = await server.call('POST /mappings/reset');
    expect([reset.status, reset.text]).toEqual([200, '']);
    expect(await list()).toEqual(['/kept']);
    expect(served()).toBe(1);
  });

  it('saves: all are persistent from then on, and say so', async () => {
    const { json } = await create(at('/a'));
    expect(json).not.toHaveProperty('persistent');
    const saved = await server.call('POST /mappings/save');
    expect([saved.status, saved.text]).toEqual([200, '']);
    await server.call('POST /mappings/reset');
    expect(await list()).toEqual(['/a']);
    expect((await server.call(`GET /mappings/${json.id}`)).json.persistent).toBe(true);
  });

  it('finds and removes by metadata', async () => {
    await create(at('/m1', { metadata: { team: 'red', tags: ['a'] } }));
    await create(at('/m2', { metadata: { team: 'blue' } }));
    await create(at('/m3'));
    const red = { matchesJsonPath: { expression: '$.team', equalTo: 'red' } };
    const found = await server.call('POST /mappings/find-by-metadata', { body: { matchesJsonPath: '$.team' } });
    expect([urlsOf(found), found.json.meta]).toEqual([['/m2', '/m1'], { total: 2 }]);
    expect(urlsOf(await server.call('POST /mappings/find-by-metadata', { body: red }))).toEqual(['/m1']);
    expect((await server.call('POST /mappings/remove-by-metadata', { body: red })).status).toBe(200);
    expect(await list()).toEqual(['/m3', '/m2']);
    expect((await server.call('POST /mappings/find-by-metadata', { body: { notAMatcher: 1 } })).status).toBe(422);
  });

  it('removes by id, or by an equal request pattern', async () => {
    const { json } = await create(at('/by-id'));
    await create({ request: { url: '/same', method: 'POST', headers: { A: { equalTo: '1' } } }, response: {} });
    await create(at('/keep'));
    expect(
      (await server.call('POST /mappings/remove', { body: { id: json.id, request: { method: 'GET', url: '/by-id' } } }))
        .status,
    ).toBe(200);
    expect(
      (
        await server.call('POST /mappings/remove', {
          body: { request: { headers: { A: { equalTo: '1' } }, method: 'POST', url: '/same' } },
        })
      ).status,
    ).toBe(200);
    expect(
      (await server.call('POST /mappings/remove', { body: { request: { method: 'GET', url: '/nobody' } } })).status,
    ).toBe(200);
    expect(await list()).toEqual(['/keep']);
  });

  it('answers the same key and body once, and refuses the key for another body', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => server.call('POST /mappings', { body: at('/once'), headers })),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect(await count()).toBe(1);
    const other = await server.call('POST /mappings', { body: at('/other'), headers });
    expect([other.status, other.json.code]).toEqual([422, 'idempotency-conflict']);
    const imports = { 'idempotency-key': randomUUID() };
    for (const _try of [1, 2])
      expect(
        (await server.call('POST /mappings/import', { body: { mappings: [at('/i')] }, headers: imports })).status,
      ).toBe(200);
    expect(await list()).toEqual(['/i', '/once']);
    expect(
      (await server.call('POST /mappings', { body: at('/x'), headers: { 'idempotency-key': 'k'.repeat(300) } })).status,
    ).toBe(400);
  });

  it('keeps workspaces apart: the same id, and nothing seen across', async () => {
    await server.call('POST /workspaces', { body: { slug: `apart-${dialect}`, name: 'Apart' } });
    const headers = { 'x-mock-workspace': `apart-${dialect}` };
    const id = randomUUID();
    await create(at('/mine', { id }));
    expect((await server.call('POST /mappings', { body: at('/theirs', { id }), headers })).status).toBe(201);
    expect(urlsOf(await server.call('GET /mappings', { headers }))).toEqual(['/theirs']);
    await server.call('DELETE /mappings', { headers });
    expect(await list()).toEqual(['/mine']);
    expect((await server.call(`GET /mappings/${id}`, { headers })).status).toBe(404);
  });

  it('lists, searches and finds thousands whole and in order, also the part that is longer than a page', async () => {
    const mappings = Array.from({ length: 3_000 }, (_, n) =>
      at(`/n/${n}`, n % 2 === 0 ? { tags: ['even'], metadata: { n: n % 4 } } : {}),
    );
    await server.call('POST /mappings/import', { body: { mappings } });
    const urls = mappings.map((_, n) => `/n/${n}`);
    const all = await server.call('GET /mappings');
    expect([urlsOf(all), all.json.meta, all.headers['content-type']]).toEqual([
      urls,
      { total: 3_000 },
      'application/json; charset=utf-8',
    ]);
    const part = await server.call('GET /mappings?limit=2700&offset=200');
    expect([urlsOf(part), part.json.meta]).toEqual([urls.slice(200, 2_900), { total: 3_000 }]);
    const even = await server.call('GET /mappings?tag=even&offset=1&limit=1100');
    expect([urlsOf(even)[0], urlsOf(even).length, even.json.meta]).toEqual(['/n/2', 1_100, { total: 1_500 }]);
    const found = await server.call('POST /mappings/find-by-metadata', { body: { matchesJsonPath: '$[?(@.n == 2)]' } });
    expect([urlsOf(found)[0], urlsOf(found).length, found.json.meta]).toEqual(['/n/2', 750, { total: 750 }]);
    const without = await server.call('POST /mappings/find-by-metadata', { body: { absent: true } });
    expect(without.json.meta).toEqual({ total: 1_500 });
  });

  it('saves and deletes thousands, to the last', async () => {
    const mappings = Array.from({ length: 2_600 }, (_, n) => at(`/n/${n}`));
    await server.call('POST /mappings/import', { body: { mappings } });
    await server.call('POST /mappings/save');
    await server.call('POST /mappings/reset');
    expect([await count(), served()]).toEqual([2_600, 2_600]);
    await server.call('DELETE /mappings');
    expect([await count(), served()]).toEqual([0, 0]);
  });

  it('refuses a body file outside of the files folder', async () => {
    const answer = await server.call('POST /mappings', { body: { response: { bodyFileName: '../x' } } });
    expect([answer.status, answer.json.mistakes[0].pointer]).toEqual([422, '/response/bodyFileName']);
  });

  it('does not keep word of deleted mocks for ever', async () => {
    const mappings = Array.from({ length: 3_000 }, (_, n) => at(`/t/${n}`));
    for (const _round of [1, 2, 3, 4]) {
      await server.call('POST /mappings/import', { body: { mappings } });
      await server.call('POST /mappings/reset');
    }
    expect(
      await server.app.get(Database, { strict: false }).read(manager => manager.count(TombstoneEntity)),
    ).toBeLessThanOrEqual(10_000);
  });

  it('documents every route with summary, tag, answers and problems', async () => {
    const { json } = await server.call('GET /docs-json');
    const operations = Object.entries(json.paths as Record<string, Record<string, Record<string, unknown>>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
    );
    const ours = operations.filter(({ name }) => /mappings|files|scenarios|settings|reset/.test(name));
    expect(ours.length).toBeGreaterThan(20);
    const incomplete = ours.filter(({ operation }) => {
      const { summary, tags, responses } = operation as {
        summary?: string;
        tags?: string[];
        responses: Record<string, unknown>;
      };
      return (
        !summary ||
        !tags?.length ||
        !Object.keys(responses).some(code => code.startsWith('2')) ||
        !Object.keys(responses).some(code => code.startsWith('4'))
      );
    });
    expect(incomplete.map(({ name }) => name)).toEqual([]);
    expect(Object.keys(json.components.schemas)).toEqual(
      expect.arrayContaining(['Mapping', 'RequestPattern', 'ContentPattern']),
    );
  });
});
