import { call, type CallOptions, type Reply } from '../support/http-call';
import { invite, startTeamServer, type Invited, type TeamServer } from '../support/team-server';

// What was changed, by whom and why, and the way back: over HTTP, as a team works.

const mapping = (url: string, body: string, more: object = {}): object => ({
  request: { urlPath: url },
  response: { body },
  ...more,
});

/** Header bytes as curl sends them: Node takes each character for a byte. */
const inUtf8 = (text: string): string => Buffer.from(text).toString('latin1');

describe.each(['sqlite', 'postgres'] as const)('the history of a workspace on %s', dialect => {
  let team: TeamServer;
  let ada: Invited;
  let bob: Invited;
  beforeAll(async () => {
    team = await startTeamServer(dialect);
    for (const slug of ['blue', 'red']) await team.admin('POST /workspaces', { slug, name: slug });
    ada = await invite(team, { email: 'ada@example.test', role: 'owner', workspace: 'blue' });
    bob = await invite(team, { email: 'bob@example.test', role: 'editor', workspace: 'blue' });
  });
  afterAll(() => team.stop());

  const blue = (headers: Record<string, string> = {}): CallOptions => ({
    headers: { 'x-mock-workspace': 'blue', ...headers },
  });
  const asAda = (line: string, body?: unknown, headers?: Record<string, string>): Promise<Reply> =>
    ada.as(line, body, blue(headers));
  const asBob = (line: string, body?: unknown, headers?: Record<string, string>): Promise<Reply> =>
    bob.as(line, body, blue(headers));
  const answer = async (url: string): Promise<string> => {
    const { status, text } = await call(team.server.url, `GET /__w/blue${url}`);
    return status === 200 ? text : String(status);
  };
  const now = async (): Promise<number> => (await asAda('GET /workspaces/blue')).json.revision;
  const make = async (url: string, body: string): Promise<string> =>
    (await asAda('POST /mappings', mapping(url, body))).json.id;

  it('names author, time, source and reason of each change, and how much it changed', async () => {
    const id = await make('/named', 'one');
    await asBob(`PUT /mappings/${id}`, mapping('/named', 'two'), {
      'x-change-message': inUtf8('Prices are gross – see #12'),
    });
    await asAda('POST /mappings/import', { mappings: [mapping('/named/3', '3'), mapping('/named/4', '4')] });
    await asAda('PATCH /workspaces/blue', { settings: { cors: false } });
    await asBob(`DELETE /mappings/${id}`);
    const { revisions, meta } = (await asBob('GET /revisions?limit=5')).json;
    expect(revisions).toMatchObject([
      { author: 'bob@example.test', source: 'user', message: null, removed: 1, settings: false },
      { author: 'ada@example.test', source: 'user', added: 0, changed: 0, removed: 0, settings: true },
      { author: 'ada@example.test', source: 'import', added: 2 },
      { author: 'bob@example.test', source: 'user', message: 'Prices are gross – see #12', changed: 1 },
      { author: 'ada@example.test', source: 'user', added: 1 },
    ]);
    expect(meta.total).toBeGreaterThanOrEqual(5);
    expect(Date.parse(revisions[0].at as string)).toBeGreaterThan(Date.now() - 60_000);
    const imports = (await asBob('GET /revisions?source=import')).json.revisions as { source: string }[];
    expect(new Set(imports.map(({ source }) => source))).toEqual(new Set(['import']));
    expect((await asBob('GET /revisions?author=bob@example.test')).json.meta.total).toBe(2);
    expect((await asBob('GET /revisions?source=nobody')).status).toBe(400);
    expect((await asBob('POST /mappings', mapping('/x', 'x'), { 'x-change-message': inUtf8('a\u202eb') })).status).toBe(
      400,
    );
  });

  it('tells what a revision did, and how two differ', async () => {
    const kept = await make('/diff/kept', 'old');
    const gone = await make('/diff/gone', 'gone');
    const from = await now();
    await asAda(`PUT /mappings/${kept}`, mapping('/diff/kept', 'new', { name: 'Kept' }));
    await asAda(`DELETE /mappings/${gone}`);
    const added = await make('/diff/added', 'added');
    const passing = await make('/diff/passing', 'passing');
    await asAda(`DELETE /mappings/${passing}`);
    await asAda('PATCH /workspaces/blue', { name: 'Blue team' });
    const to = await now();
    const { mocks, settings } = (await asBob(`GET /revisions/${to}/diff?from=${from}`)).json;
    const byId = new Map((mocks as { id: string }[]).map(mock => [mock.id, mock]));
    expect([...byId.keys()].sort()).toEqual([kept, gone, added].sort());
    expect(byId.get(kept)).toMatchObject({
      kind: 'changed',
      name: 'Kept',
      changes: expect.arrayContaining([
        { pointer: '/response/body', before: 'old', after: 'new' },
        { pointer: '/name', after: 'Kept' },
      ]),
    });
    expect([byId.get(gone), byId.get(added)]).toMatchObject([{ kind: 'removed' }, { kind: 'added' }]);
    expect(settings.changes).toEqual([{ pointer: '/name', before: 'blue', after: 'Blue team' }]);
    const own = (await asBob(`GET /revisions/${from + 1}/diff`)).json;
    expect(own.mocks).toMatchObject([{ id: kept, kind: 'changed' }]);
    for (const path of ['/revisions/999999', '/revisions/abc', '/revisions/0', `/revisions/${to}/diff?from=x`])
      expect((await asBob(`GET ${path}`)).json.code).toBe('revision-not-found');
  });

  it('lists what happened to a mock, also to one that was deleted, shows what it was, and brings it back in its place', async () => {
    const id = await make('/mock', 'first');
    const first = await now();
    await make('/mock', 'newer, so it answers'); // both match: the newer wins
    expect(await answer('/mock')).toBe('newer, so it answers');
    await asBob(`PUT /mappings/${id}`, mapping('/mock', 'second'));
    await asAda(`DELETE /mappings/${id}`);
    const { versions } = (await asBob(`GET /mappings/${id}/revisions`)).json;
    expect(versions).toMatchObject([
      { kind: 'removed', author: 'ada@example.test', version: null, isCurrent: false },
      { kind: 'changed', author: 'bob@example.test', version: 2, isCurrent: false },
      { kind: 'added', author: 'ada@example.test', version: 1, revision: first, isCurrent: false },
    ]);
    expect((await asBob(`GET /mappings/${id}/revisions/${first}`)).json.response.body).toBe('first');
    const removedAt = versions[0].revision as number;
    expect((await asBob(`GET /mappings/${id}/revisions/${removedAt}`)).json.code).toBe('mock-not-found');
    expect((await asBob(`GET /mappings/${id}/revisions/${first}/diff?to=${removedAt - 1}`)).json.changes).toEqual([
      { pointer: '/response/body', before: 'first', after: 'second' },
    ]);
    const restored = await asBob(`POST /mappings/${id}/revisions/${first}/restore`);
    expect([restored.status, restored.json.response.body]).toEqual([200, 'first']);
    const { json, headers } = await asBob(`GET /mappings/${id}`);
    expect([json.response.body, headers['etag']]).toEqual(['first', '"3"']);
    expect(await answer('/mock')).toBe('newer, so it answers');
    const [newest] = (await asBob('GET /revisions?limit=1')).json.revisions;
    expect(newest).toMatchObject({ source: 'restore', author: 'bob@example.test', added: 1 });
    expect(newest.message).toContain(`back to revision ${first}`);
  });

  it('takes the whole workspace back, and that too can be taken back', async () => {
    const changed = await make('/whole/changed', 'old');
    const deleted = await make('/whole/deleted', 'deleted');
    await asAda('PATCH /workspaces/blue', { settings: { fallbacks: ['ai'] } });
    await asAda('PUT /workspaces/blue/protection', { kind: 'api-key', keys: ['an old key of the workspace'] });
    const good = await now();
    await asBob(`PUT /mappings/${changed}`, mapping('/whole/changed', 'broken'));
    await asBob(`DELETE /mappings/${deleted}`);
    await make('/whole/added', 'added');
    await asAda('PATCH /workspaces/blue', { settings: { fallbacks: [] } });
    await asAda('PUT /workspaces/blue/protection', { kind: 'none' });
    const bad = await now();

    expect((await asBob(`POST /revisions/${good}/restore`)).status).toBe(403); // an editor
    const { status, json } = await asAda(`POST /revisions/${good}/restore`);
    expect([status, json.source, json.added, json.changed, json.removed]).toEqual([200, 'restore', 1, 1, 1]);
    for (const [url, body] of [
      ['/whole/changed', 'old'],
      ['/whole/deleted', 'deleted'],
      ['/whole/added', '404'],
    ] as const)
      expect([url, await answer(url)]).toEqual([url, body]);
    const workspace = (await asAda('GET /workspaces/blue')).json;
    // An old key does not come back with old mocks.
    expect([workspace.settings.fallbacks, workspace.isProtected]).toEqual([['ai'], false]);

    await asAda(`POST /revisions/${bad}/restore`);
    expect([await answer('/whole/changed'), await answer('/whole/deleted'), await answer('/whole/added')]).toEqual([
      'broken',
      '404',
      'added',
    ]);
  });

  it('keeps what both wrote when two edit one mock', async () => {
    const id = await make('/two', 'base');
    const etag = String((await asAda(`GET /mappings/${id}`)).headers['etag']);
    const [one, other] = [mapping('/two', 'by Ada'), mapping('/two', 'by Bob')];
    const writes = await Promise.all([
      asAda(`PUT /mappings/${id}`, one, { 'if-match': etag }),
      asBob(`PUT /mappings/${id}`, other, { 'if-match': etag }),
    ]);
    expect(writes.map(({ status }) => status).sort()).toEqual([200, 412]);
    const [winner, loser] = writes[0].status === 200 ? ['Ada', 'Bob'] : ['Bob', 'Ada'];
    const refused = writes.find(({ status }) => status === 412)!;
    expect(refused.json).toMatchObject({
      code: 'stale-write',
      currentVersion: 2,
      current: { response: { body: `by ${winner}` } },
      yours: { response: { body: `by ${loser}` } },
      base: { response: { body: 'base' } },
      changedBy: { author: `${winner.toLowerCase()}@example.test`, source: 'user' },
    });
    expect(refused.headers['etag']).toBe('"2"');
    expect((await asBob(`DELETE /mappings/${id}`, undefined, { 'if-match': etag })).status).toBe(412);
    const { versions } = (await asBob(`GET /mappings/${id}/revisions`)).json;
    expect(versions).toHaveLength(2);
  });

  it('has nothing to tell to another workspace', async () => {
    const id = await make('/alone', 'alone');
    const revision = await now();
    const red = { headers: { 'x-mock-workspace': 'red' } };
    expect((await team.admin(`GET /mappings/${id}/revisions`, undefined, red)).status).toBe(404);
    expect((await team.admin(`GET /mappings/${id}/revisions/${revision}`, undefined, red)).status).toBe(404);
    expect((await team.admin(`POST /mappings/${id}/revisions/1/restore`, undefined, red)).status).toBe(404);
    const { revisions } = (await team.admin('GET /revisions', undefined, red)).json;
    expect(revisions).toMatchObject([{ revision: 1, message: 'Made the workspace' }]);
    expect((await ada.as('GET /revisions', undefined, red)).json.code).toBe('workspace-not-found');
  });

  it('is not lengthened by an import of what is there already', async () => {
    const ids = ['aa', 'bb'].map(end => `00000000-0000-4000-8000-0000000000${end}`);
    const mappings = ids.map(id => mapping(`/nightly/${id}`, 'same', { id }));
    await asAda('POST /mappings/import', { mappings });
    await asAda('POST /mappings/import', { mappings });
    const [second, first] = (await asAda('GET /revisions?source=import&limit=2')).json.revisions;
    expect([first.added, second.added, second.changed]).toEqual([2, 0, 0]);
    expect((await asAda(`GET /mappings/${ids[0]}`)).headers['etag']).toBe('"1"');
  });

  describe('drafts', () => {
    const drafts = async (n: number): Promise<string[]> => {
      const made = Array.from({ length: n }, (_, i) => make2(`/draft/${Date.now()}/${i}`));
      return Promise.all(made);
    };
    const make2 = async (url: string): Promise<string> =>
      (await asAda('POST /mappings', mapping(url, 'draft', { draft: true }))).json.id;
    const urlOf = async (id: string): Promise<string> => (await asAda(`GET /mappings/${id}`)).json.request.urlPath;

    it('are put together, seen, and published at once as one revision', async () => {
      const ids = await drafts(2);
      const url = await urlOf(ids[0]!);
      expect(await answer(url)).toBe('404');
      const made = await asBob('POST /change-sets', { title: 'Checkout', ids });
      expect(made.json).toMatchObject({ title: 'Checkout', source: 'user', author: 'bob@example.test', drafts: 2 });
      const { id } = made.json;
      expect((await asAda('GET /change-sets')).json.changeSets).toMatchObject([{ id, drafts: 2 }]);
      const seen = (await asAda(`GET /change-sets/${id}`)).json;
      expect((seen.mappings as { id: string }[]).map(one => one.id).sort()).toEqual([...ids].sort());
      expect((await asAda(`POST /change-sets/${id}/publish`)).json.ids.sort()).toEqual([...ids].sort());
      expect(await answer(url)).toBe('draft');
      const [newest] = (await asAda('GET /revisions?limit=1')).json.revisions;
      expect(newest).toMatchObject({ changed: 2, message: 'Published change set Checkout' });
      expect((await asAda('GET /change-sets')).json.changeSets).toEqual([]);
      expect((await asAda(`POST /change-sets/${id}/publish`)).json.code).toBe('change-set-not-found');
    });

    it('are discarded at once, and the history has them still', async () => {
      const ids = await drafts(2);
      const before = await now();
      const { id } = (await asAda('POST /change-sets', { title: 'Noise', ids })).json;
      await asAda(`DELETE /change-sets/${id}`);
      expect((await asAda(`GET /mappings/${ids[0]}`)).status).toBe(404);
      const back = await asAda(`POST /mappings/${ids[0]}/revisions/${before}/restore`);
      expect([back.status, back.json.draft]).toEqual([200, true]);
      await asAda(`DELETE /mappings/${ids[0]}`);
    });

    it('leave their set when one is published alone; what is no draft has no place in one', async () => {
      const ids = await drafts(2);
      const { id } = (await asAda('POST /change-sets', { title: 'Half', ids })).json;
      await asAda('POST /drafts/publish', { ids: [ids[0]] });
      expect((await asAda(`GET /change-sets/${id}`)).json.drafts).toBe(1);
      const served = { title: 'No', ids: [ids[0]] };
      expect((await asAda('POST /change-sets', served)).json.code).toBe('mock-not-found');
      await asAda(`PUT /mappings/${ids[1]}`, mapping('/half', 'no draft any more'));
      expect((await asAda('GET /change-sets')).json.changeSets).toEqual([]);
      const red = { headers: { 'x-mock-workspace': 'red' } };
      expect((await team.admin(`GET /change-sets/${id}`, undefined, red)).status).toBe(404);
    });
  });
});
