import { generateKeyPairSync, sign } from 'node:crypto';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { invite, startTeamServer, type TeamServer } from '../support/team-server';

const mapping = (url: string): object => ({ request: { url }, response: { body: url } });
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe.each(['sqlite', 'postgres'] as const)('a workspace on %s', dialect => {
  let team: TeamServer;
  beforeAll(async () => {
    team = await startTeamServer(dialect);
  });
  afterAll(() => team.stop());

  const make = async (slug: string): Promise<void> => {
    await team.admin('POST /workspaces', { slug, name: slug });
    await team.admin('POST /mappings', mapping('/a'), { headers: { 'x-mock-workspace': slug } });
  };
  const traffic = (slug: string, headers: Record<string, string> = {}) =>
    call(team.server.url, `GET /__w/${slug}/a`, { headers });

  it('that is archived serves nothing and takes no changes, and comes back as it was', async () => {
    await make('shelf');
    const of = { headers: { 'x-mock-workspace': 'shelf' } };
    expect((await team.admin('PATCH /workspaces/shelf', { isArchived: true })).json.isArchived).toBe(true);
    expect((await traffic('shelf')).status).toBe(404);
    const refused = await team.admin('POST /mappings', mapping('/b'), of);
    expect([refused.status, refused.json.code]).toEqual([409, 'workspace-archived']);
    expect((await team.admin('GET /mappings', undefined, of)).json.meta.total).toBe(1);
    await team.admin('PATCH /workspaces/shelf', { isArchived: false });
    expect((await traffic('shelf')).text).toBe('/a');
    expect((await team.admin('PATCH /workspaces/default', { isArchived: true })).status).toBe(409);
  });

  it('that is deleted is gone at once, also for its members, and is restored whole', async () => {
    await make('gone');
    const gwen = await invite(team, { email: 'gwen@example.test', role: 'owner', workspace: 'gone' });
    await team.admin('DELETE /workspaces/gone');
    expect((await traffic('gone')).status).toBe(404);
    expect((await gwen.as('GET /workspaces/gone')).status).toBe(404);
    // Its slug is free meanwhile; while somebody has it, the old one stays deleted.
    await make('gone');
    const [deleted] = (await team.admin('GET /deleted-workspaces')).json.workspaces;
    expect(deleted).toMatchObject({ slug: 'gone', name: 'gone' });
    expect((await team.admin(`POST /deleted-workspaces/${deleted.id}/restore`)).json.code).toBe('workspace-exists');
    await team.admin('DELETE /workspaces/gone');
    expect((await team.admin(`POST /deleted-workspaces/${deleted.id}/restore`)).json.slug).toBe('gone');
    await eventually(async () => (await traffic('gone')).text === '/a');
    expect((await gwen.as('GET /workspaces/gone')).status).toBe(200);
    for (const { id } of (await team.admin('GET /deleted-workspaces')).json.workspaces) {
      expect((await team.admin(`DELETE /deleted-workspaces/${id}`)).status).toBe(200);
      expect((await team.admin(`POST /deleted-workspaces/${id}/restore`)).status).toBe(404);
    }
  });

  it('asks its clients for an API key, and shows it to nobody: not to mocks, not to the journal', async () => {
    await make('keys');
    const key = 'a-key-of-sixteen-or-more';
    const put = await team.admin('PUT /workspaces/keys/protection', {
      kind: 'api-key',
      header: 'X-Team-Key',
      keys: [key],
    });
    expect(put.json).toEqual({ kind: 'api-key', header: 'x-team-key', secrets: 1 });
    for (const headers of [{}, { 'x-team-key': 'another' }, { authorization: key }] as Record<string, string>[]) {
      const { status, json } = await traffic('keys', headers);
      expect([status, json.code]).toEqual([401, 'unauthorized']);
    }
    expect((await traffic('keys', { 'X-Team-Key': key })).text).toBe('/a');
    const journal = await team.admin('GET /requests', undefined, { headers: { 'x-mock-workspace': 'keys' } });
    expect(journal.text).toContain('"/a"');
    const shown = await team.admin('GET /workspaces/keys');
    expect(shown.json.isProtected).toBe(true);
    for (const text of [journal.text, shown.text]) expect(text).not.toContain(key);
    expect(shown.text).not.toContain('hashes');
    await team.admin('PUT /workspaces/keys/protection', { kind: 'none' });
    expect((await traffic('keys')).status).toBe(200);
  });

  it('asks for Basic credentials', async () => {
    await make('basic');
    const password = 'a password of sixteen';
    await team.admin('PUT /workspaces/basic/protection', { kind: 'basic', users: [{ name: 'app', password }] });
    const basic = (text: string): Record<string, string> => ({
      authorization: `Basic ${Buffer.from(text).toString('base64')}`,
    });
    const wrong = await traffic('basic', basic('app:wrong'));
    expect([wrong.status, wrong.headers['www-authenticate']]).toEqual([401, 'Basic realm="mocks"']);
    expect((await traffic('basic', basic(`app:${password}`))).status).toBe(200);
  });

  it('asks for a JWT, signed by the right key, in time, and for it', async () => {
    await make('jwt');
    const [ours, theirs] = [0, 1].map(() => generateKeyPairSync('rsa', { modulusLength: 2_048 }));
    const publicKey = ours!.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    await team.admin('PUT /workspaces/jwt/protection', { kind: 'jwt', publicKey, audience: 'mocks' });
    const token = (claims: object, pair = ours!, alg = 'RS256'): Record<string, string> => {
      const body = `${encode({ alg, typ: 'JWT' })}.${encode({ aud: 'mocks', exp: Date.now() / 1_000 + 60, ...claims })}`;
      return {
        authorization: `Bearer ${body}.${sign('sha256', Buffer.from(body), pair.privateKey).toString('base64url')}`,
      };
    };
    expect((await traffic('jwt', token({}))).status).toBe(200);
    for (const wrong of [
      token({ exp: 1 }),
      token({ aud: 'others' }),
      token({}, theirs),
      token({}, ours, 'none'),
      token({}, ours, 'HS256'),
    ])
      expect((await traffic('jwt', wrong)).status).toBe(401);
  });

  it('has quotas: mocks, bytes, requests a second', async () => {
    await make('small');
    const of = { headers: { 'x-mock-workspace': 'small' } };
    await team.admin('PUT /workspaces/small/quotas', { mocks: 2 });
    expect((await team.admin('POST /mappings', mapping('/b'), of)).status).toBe(201);
    const third = await team.admin('POST /mappings', mapping('/c'), of);
    expect([third.status, third.json.code]).toEqual([422, 'quota-exceeded']);
    const many = { mappings: [mapping('/d'), mapping('/e')] };
    expect((await team.admin('POST /mappings/import', many, of)).json.code).toBe('quota-exceeded');
    expect((await team.admin('GET /mappings', undefined, of)).json.meta.total).toBe(2);
    await team.admin('PUT /workspaces/small/quotas', { bytes: 10 });
    expect((await team.admin('PUT /files/x.txt', 'a text', of)).json.code).toBe('quota-exceeded');
    await team.admin('PUT /workspaces/small/quotas', { requestsPerSecond: 5 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => traffic('small')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(refused[0]!.headers['retry-after']).toBe('1');
    await team.admin('PUT /workspaces/small/quotas', {});
    expect((await team.admin('POST /mappings', mapping('/c'), of)).status).toBe(201);
    expect((await traffic('small')).status).toBe(200);
  });

  it('is read in the audit by its owner, without what happened elsewhere', async () => {
    await make('watched');
    const otto = await invite(team, { email: 'otto@example.test', role: 'owner', workspace: 'watched' });
    const val = await invite(team, { email: 'val@example.test', role: 'viewer', workspace: 'watched' });
    const of = { headers: { 'x-mock-workspace': 'watched' } };
    const made = (await otto.as('POST /mappings', mapping('/w'), of)).json.id as string;
    await val.as('DELETE /mappings', undefined, of);
    const { events } = (await otto.as('GET /workspaces/watched/audit')).json;
    expect(events.slice(0, 2)).toMatchObject([
      { action: 'mappings.remove-all', actorName: 'val@example.test', outcome: 'refused', status: 403 },
      {
        action: 'mappings.create',
        actorName: 'otto@example.test',
        outcome: 'done',
        target: made,
        address: '127.0.0.1',
      },
    ]);
    expect(new Set(events.map((event: { workspaceSlug: string }) => event.workspaceSlug))).toEqual(
      new Set(['watched']),
    );
    const all = (await team.admin('GET /audit?limit=1000')).json.events as { action: string; id: string }[];
    expect(all.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['auth.sign-in', 'workspaces.create', 'links.accept']),
    );
    const lines = (await team.admin('GET /audit/export')).text.trim().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(all.length);
    expect(JSON.parse(lines[0]!)).toHaveProperty('action');
    const first = (await team.admin('GET /audit?limit=3')).json;
    const second = (await team.admin(`GET /audit?limit=3&before=${first.next}`)).json;
    expect([...first.events, ...second.events].map(({ id }: { id: string }) => id)).toEqual(
      all.slice(0, 6).map(({ id }) => id),
    );
    expect((await team.admin('GET /audit?outcome=nonsense')).status).toBe(400);
  });
});
