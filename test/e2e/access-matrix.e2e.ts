import { Agent } from 'node:http';
import { type ApiDescription } from '../support/api-rules';
import { type Reply } from '../support/http-call';
import { invite, person, startTeamServer, type Person, type TeamServer } from '../support/team-server';

// Every route of the API document, asked by everybody: what each may do is what the route declares.

const RANKS = ['viewer', 'editor', 'owner', 'admin'] as const;
type Rule = (typeof RANKS)[number] | 'signed-in' | 'public';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly rule: Rule;
}

interface Somebody {
  readonly name: string;
  readonly ask: Person;
  /** In the workspace `team`. */
  readonly role: (typeof RANKS)[number] | undefined;
  readonly isSignedIn: boolean;
}

let team: TeamServer;
let routes: Route[];
let everybody: Somebody[];
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

beforeAll(async () => {
  team = await startTeamServer('sqlite', { LOG_LEVEL: 'error' });
  const document = (await team.admin('GET /docs-json')).json as ApiDescription;
  routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      rule: (operation as Record<string, Rule>)['x-access']!,
    })),
  );
  await team.admin('POST /workspaces', { slug: 'team', name: 'Team' });
  await team.admin('POST /workspaces', { slug: 'elsewhere', name: 'Elsewhere' });
  const of = { headers: { 'x-mock-workspace': 'team' } };
  const roles = ['viewer', 'editor', 'owner'] as const;
  const users = roles.map(async role => {
    const { as } = await invite(team, { email: `${role}@example.test`, role, workspace: 'team' });
    return { name: `the ${role}`, ask: as, role, isSignedIn: true };
  });
  const tokens = roles.map(async role => {
    const { token } = (await team.admin('POST /tokens', { name: role, role }, of)).json;
    return { name: `a token that is ${role}`, ask: person(team.server, token as string), role, isSignedIn: true };
  });
  const outsider = await invite(team, { email: 'outsider@example.test', role: 'owner', workspace: 'elsewhere' });
  everybody = [
    { name: 'a stranger', ask: team.stranger, role: undefined, isSignedIn: false },
    { name: 'somebody of another workspace', ask: outsider.as, role: undefined, isSignedIn: true },
    ...(await Promise.all([...users, ...tokens])),
    { name: 'the admin', ask: team.admin, role: 'admin', isSignedIn: true },
  ];
});
afterAll(async () => {
  agent.destroy();
  await team.stop();
});

/** Refused by the guard; undefined: it let the caller in, whatever the route then said. */
function refusalOf({ status, json }: Reply, { rule, path }: Route): string | undefined {
  if (status === 401 && json?.code === 'unauthorized') return 'sign in';
  // Whoever may stop the server is told that a setting forbids it: the route speaks, not the guard.
  if (path === '/__admin/shutdown' && String(json?.detail).includes('ALLOW_REMOTE_SHUTDOWN')) return undefined;
  if (status === 403) return 'not allowed';
  // What an instance's admin is told is not there is no question of access.
  return status === 404 && json?.code === 'workspace-not-found' && rule !== 'admin' ? 'no such workspace' : undefined;
}

function expectedOf(rule: Rule, { role, isSignedIn }: Somebody): string | undefined {
  if (rule === 'public') return undefined;
  if (!isSignedIn) return 'sign in';
  if (rule === 'signed-in') return undefined;
  if (rule === 'admin') return role === 'admin' ? undefined : 'not allowed';
  if (role === undefined) return 'no such workspace';
  return RANKS.indexOf(role) >= RANKS.indexOf(rule) ? undefined : 'not allowed';
}

/** Signing out would end the caller; what a token may not do is tested beside. */
const isOfUsersOnly = ({ path }: Route): boolean => /\/auth\/(sign-out|sign-ins|password|links\/join)/.test(path);

/** A request that a route takes or refuses without harm: ids that are nobody's, bodies that are nothing. */
const askFor = (ask: Person, { method, path }: Route): Promise<Reply> => {
  const filled = path.replace('{slug}', 'team').replaceAll(/\{[^}]+\}/g, '6b2f4c1e-0000-4000-8000-000000000000');
  // A live stream would never end: the guard comes before the question what to stream.
  const query = path === '/__admin/events' ? '?source=nobody' : '';
  const line = `${method} ${filled.replace('/__admin', '')}${query}`;
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(method);
  return ask(line, hasBody ? { 'not a field': 1 } : undefined, { agent, headers: { 'x-mock-workspace': 'team' } });
};

test('the document names a rule for each of many routes, and each rule has some', () => {
  expect(routes.length).toBeGreaterThan(60);
  const rules = new Set(routes.map(({ rule }) => rule));
  expect([...rules].sort()).toEqual([...RANKS, 'public', 'signed-in'].sort());
});

test('every route lets in exactly whom it declares', async () => {
  const wrong: string[] = [];
  const admin = routes.filter(({ path }) => path.startsWith('/__admin'));
  for (const somebody of everybody) {
    for (const route of admin) {
      // The workspace itself goes last, and its removal would take the rest with it.
      if (route.method === 'DELETE' && route.path === '/__admin/workspaces/{slug}' && somebody.role === 'admin')
        continue;
      if (isOfUsersOnly(route) && somebody.isSignedIn) continue;
      const refusal = refusalOf(await askFor(somebody.ask, route), route);
      const expected = expectedOf(route.rule, somebody);
      if (refusal !== expected) {
        wrong.push(
          `${somebody.name}: ${route.method} ${route.path} (${route.rule}): ${refusal ?? 'let in'}, not ${expected ?? 'let in'}`,
        );
      }
    }
  }
  expect(wrong).toEqual([]);
}, 120_000);

test('whoever has no role is told the same of a workspace that is there and of one that is not', async () => {
  const outsider = everybody.find(({ name }) => name === 'somebody of another workspace')!;
  const withoutIds = ({ json }: Reply): object => ({ ...json, instance: '' });
  for (const path of ['/mappings', '/requests', '/tokens', '/files', '/scenarios']) {
    const [there, not] = await Promise.all(
      ['team', 'no-such'].map(slug =>
        outsider.ask(`GET ${path}`, undefined, { headers: { 'x-mock-workspace': slug } }),
      ),
    );
    expect(withoutIds(there!)).toEqual(withoutIds(not!));
  }
  const [there, not] = await Promise.all(['team', 'nope'].map(slug => outsider.ask(`GET /workspaces/${slug}/members`)));
  expect(JSON.stringify(withoutIds(there!)).replaceAll('team', 'nope')).toBe(JSON.stringify(withoutIds(not!)));
});

test('what is of users is not for tokens', async () => {
  const token = everybody.find(({ name }) => name === 'a token that is owner')!;
  for (const line of ['POST /auth/sign-out', 'POST /auth/sign-out-everywhere', 'GET /auth/sign-ins'])
    expect((await token.ask(line)).status).toBe(403);
  expect((await token.ask('POST /auth/links/join', { token: 'x' })).status).toBe(403);
  expect((await token.ask('POST /auth/password', { current: 'x', password: 'y' })).status).toBe(403);
});
