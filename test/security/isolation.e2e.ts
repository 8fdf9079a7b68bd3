import { Agent } from 'node:http';
import { type ApiDescription } from '../support/api-rules';
import { type Reply } from '../support/http-call';
import { invite, person, startTeamServer, type Person, type TeamServer } from '../support/team-server';

// Row U-13 of the table of bad input: what is of one workspace is not there for another, on every route that there is.

const MARKER = 'only-blue-knows';
/** A name may stand in a path, and so in what red is told of its own requests; it is no secret of blue. */
const NAME = 'a-name-of-both';
const NOBODY = '6b2f4c1e-0000-4000-8000-000000000000';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly rule: string;
}

let team: TeamServer;
let routes: Route[];
/** What may stand in `{…}` of a path below these, all of it of workspace blue. */
let ids: Readonly<Record<string, string>>;
let owner: Person;
let token: Person;
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
const blue = { headers: { 'x-mock-workspace': 'blue' } };

beforeAll(async () => {
  team = await startTeamServer('sqlite', { LOG_LEVEL: 'error' });
  for (const slug of ['blue', 'red']) await team.admin('POST /workspaces', { slug, name: slug });
  const document = (await team.admin('GET /docs-json')).json as ApiDescription;
  routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      rule: (operation as Record<string, string>)['x-access'] ?? '',
    })),
  );
  owner = (await invite(team, { email: 'owner@red.test', role: 'owner', workspace: 'red' })).as;
  const made = await team.admin(
    'POST /tokens',
    { name: 'red', role: 'owner' },
    { headers: { 'x-mock-workspace': 'red' } },
  );
  token = person(team.server, made.json.token as string);
  ids = await fillBlue();
});
afterAll(async () => {
  agent.destroy();
  await team.stop();
});

/** One of everything, each with the marker in it. */
async function fillBlue(): Promise<Record<string, string>> {
  const mock = { name: MARKER, request: { urlPath: '/blue' }, response: { body: MARKER } };
  const scenario = { ...mock, scenarioName: NAME, requiredScenarioState: 'Started', newScenarioState: 'next' };
  const mapping = (await team.admin('POST /mappings', mock, blue)).json.id as string;
  await team.admin('POST /mappings', scenario, blue);
  await team.admin(`PUT /mappings/${mapping}`, mock, blue);
  await team.admin(`PUT /files/${NAME}.txt`, MARKER, blue);
  await team.admin(`PUT /state/${NAME}`, { value: MARKER }, blue);
  const draft = (await team.admin('POST /mappings', { ...mock, draft: true }, blue)).json.id as string;
  const changeSet = (await team.admin('POST /change-sets', { title: MARKER, ids: [draft] }, blue)).json.id as string;
  const apiToken = (await team.admin('POST /tokens', { name: MARKER, role: 'viewer' }, blue)).json.id as string;
  const invitation = (
    await team.admin('POST /workspaces/blue/invitations', { email: `${MARKER}@x.test`, role: 'viewer' })
  ).json;
  const member = await invite(team, { email: `${MARKER}@blue.test`, role: 'viewer', workspace: 'blue' });
  await fetch(`${team.server.url}/__w/blue/blue`);
  const exchange = (await team.admin('GET /requests?limit=1', undefined, blue)).json.requests[0].id as string;
  const { revision } = (await team.admin('GET /workspaces/blue')).json;
  return {
    '/__admin/mappings': mapping,
    '/__admin/requests': exchange,
    '/__admin/files': `${NAME}.txt`,
    '/__admin/scenarios': NAME,
    '/__admin/state': NAME,
    '/__admin/change-sets': changeSet,
    '/__admin/tokens': apiToken,
    '/__admin/revisions': String(revision),
    '/__admin/workspaces/{slug}/members': member.id,
    '/__admin/workspaces/{slug}/invitations': invitation.id as string,
  };
}

const isOfWorkspace = ({ rule, path }: Route): boolean =>
  ['viewer', 'editor', 'owner'].includes(rule) && path.startsWith('/__admin');
/** Streams have no end; what a body names is tried beside. */
const isStream = ({ path }: Route): boolean => path === '/__admin/events';

/** The path with ids of blue, for workspace red. */
function pathFor({ path }: Route, slug: string): string {
  const prefix = Object.keys(ids).find(one => path.startsWith(`${one}/{`));
  const [first = NOBODY, later = '1'] = [prefix === undefined ? NOBODY : ids[prefix]];
  let count = 0;
  return path
    .replace('{slug}', slug)
    .replaceAll(/\{[^}]+\}/g, () => (count++ === 0 ? first : later))
    .replace('/__admin', '');
}

const ask = (as: Person, route: Route, slug = 'red'): Promise<Reply> =>
  as(`${route.method} ${pathFor(route, slug)}`, ['POST', 'PUT', 'PATCH'].includes(route.method) ? {} : undefined, {
    agent,
    headers: { 'x-mock-workspace': 'red' },
  });

const snapshot = async (): Promise<string> => {
  const lists = [
    '/mappings',
    '/files',
    '/state',
    '/change-sets',
    '/scenarios',
    '/workspaces/blue',
    '/workspaces/blue/members',
  ];
  const texts = await Promise.all(lists.map(async path => (await team.admin(`GET ${path}`, undefined, blue)).text));
  return texts.join('\n');
};

test('U-13: no route of a workspace shows or changes what is of another, whatever ids are named', async () => {
  const before = await snapshot();
  expect(before.split(MARKER).length).toBeGreaterThan(5);
  const wrong: string[] = [];
  for (const [who, as] of [
    ['the owner', owner],
    ['a token', token],
  ] as const) {
    for (const route of routes.filter(isOfWorkspace)) {
      if (isStream(route)) continue;
      const { status, text } = await ask(as, route);
      const line = `${who} of red: ${route.method} ${pathFor(route, 'red')}: ${status}`;
      if (text.includes(MARKER)) wrong.push(`${line}, and shows what is of blue`);
      if (status >= 500) wrong.push(line);
    }
  }
  expect(wrong).toEqual([]);
  expect(await snapshot()).toBe(before);
}, 120_000);

test('U-13: an id of another workspace is 404 on every route that takes one', async () => {
  const takesId = routes.filter(isOfWorkspace).filter(({ path }) => {
    const prefix = Object.keys(ids).find(one => path.startsWith(`${one}/{`));
    // Names, unlike ids, mean something of one's own in each workspace; and a revision is a number that each has.
    return prefix !== undefined && !/files|scenarios|\/state|admin\/revisions/.test(prefix);
  });
  expect(takesId.length).toBeGreaterThan(12);
  const wrong: string[] = [];
  for (const route of takesId) {
    const mapping = { request: { urlPath: '/taken' }, response: {} };
    const body = route.path.startsWith('/__admin/mappings') ? mapping : { role: 'viewer' };
    const { status } = await owner(
      `${route.method} ${pathFor(route, 'red')}`,
      ['POST', 'PUT', 'PATCH'].includes(route.method) ? body : undefined,
      { headers: { 'x-mock-workspace': 'red' } },
    );
    // As in WireMock, whatever is not in the journal is as good as removed.
    if (route.method === 'DELETE' && route.path === '/__admin/requests/{id}') continue;
    if (status !== 404) wrong.push(`${route.method} ${route.path}: ${status}`);
  }
  expect(wrong).toEqual([]);
  expect((await team.admin(`GET /requests/${ids['/__admin/requests']}`, undefined, blue)).status).toBe(200);
}, 60_000);

test('U-13: the path of another workspace is as if it were not there', async () => {
  const wrong: string[] = [];
  for (const route of routes.filter(isOfWorkspace).filter(({ path }) => path.includes('{slug}'))) {
    for (const as of [owner, token]) {
      const { status, json } = await ask(as, route, 'blue');
      if (status !== 404 || json?.code !== 'workspace-not-found')
        wrong.push(`${route.method} ${route.path}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
}, 60_000);

test('U-13: nor do exports, counts and searches of the journal', async () => {
  const red = { headers: { 'x-mock-workspace': 'red' } };
  await fetch(`${team.server.url}/__w/blue/blue`);
  expect((await owner('POST /requests/count', { urlPath: '/blue' }, red)).json.count).toBe(0);
  expect((await owner('POST /requests/find', { urlPath: '/blue' }, red)).json.requests).toEqual([]);
  for (const path of ['/requests', '/requests/unmatched', '/workspaces/red/audit', '/workspaces/red/audit/export'])
    expect((await owner(`GET ${path}`, undefined, red)).text.includes(MARKER)).toBe(false);
  await owner('POST /mappings/remove', { id: ids['/__admin/mappings'] }, red);
  await owner('DELETE /mappings', undefined, red);
  expect((await fetch(`${team.server.url}/__w/blue/blue`)).status).toBe(200);
});
