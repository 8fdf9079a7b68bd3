import { emptyDatabase, type EmptyDatabase } from '../../../test/support/databases';
import { aMapping, MocksTestApp, urlsOf } from '../../../test/support/mocks-test-app';
import { makeScratch, type Scratch } from '../../../test/support/scratch';
import { WorkspaceDirectory } from '@mock-server/workspaces';
import { ResetHooks, ScenarioStates } from './index';

const defaultId = '00000000-0000-4000-8000-000000000000';

describe('scenarios, settings and reset', () => {
  let empty: EmptyDatabase;
  let scratch: Scratch;
  let server: MocksTestApp;
  let states: ScenarioStates;

  beforeAll(async () => {
    empty = await emptyDatabase('sqlite');
    scratch = await makeScratch();
    server = await MocksTestApp.start({ database: empty.config, dataDir: scratch.folder });
    states = server.app.get(ScenarioStates, { strict: false });
  });

  afterAll(async () => {
    await server?.close();
    await scratch?.remove();
    await empty?.drop();
  });

  const step = (changes: object): Promise<unknown> =>
    server.call('POST /mappings', { body: aMapping({ scenarioName: 's', ...changes }) });
  const stateOf = (name: string): string => states.viewOf(defaultId).stateOf(name);

  beforeEach(async () => {
    await server.call('DELETE /mappings');
    await server.call('POST /scenarios/reset');
    await step({ requiredScenarioState: 'Started', newScenarioState: 'two' });
    await step({ requiredScenarioState: 'two' });
  });

  it('lists each with its state, possible states and mappings, oldest first', async () => {
    states.step(defaultId, { name: 's', requiredState: 'Started', newState: 'two' });
    const { json } = await server.call('GET /scenarios');
    expect(json.scenarios).toMatchObject([{ id: 's', name: 's', state: 'two', possibleStates: ['Started', 'two'] }]);
    expect(
      json.scenarios[0].mappings.map((mapping: { requiredScenarioState: string }) => mapping.requiredScenarioState),
    ).toEqual(['Started', 'two']);
  });

  it('sets a state that a mock names, and no other', async () => {
    expect((await server.call('PUT /scenarios/s/state', { body: { state: 'two' } })).status).toBe(200);
    expect(stateOf('s')).toBe('two');
    expect((await server.call('PUT /scenarios/s/state', { body: { state: 'nowhere' } })).status).toBe(422);
    expect((await server.call('PUT /scenarios/s/state')).status).toBe(200);
    expect(stateOf('s')).toBe('Started');
    expect((await server.call('PUT /scenarios/unknown/state', { body: { state: 'Started' } })).status).toBe(404);
  });

  it('resets all, and says nothing', async () => {
    states.set(defaultId, 's', 'two');
    const answer = await server.call('POST /scenarios/reset');
    expect([answer.status, answer.text, stateOf('s')]).toEqual([200, '', 'Started']);
  });

  it('forgets the state of a scenario that no mock names any more', async () => {
    states.set(defaultId, 's', 'two');
    await server.call('DELETE /mappings');
    await step({ requiredScenarioState: 'Started' });
    expect(stateOf('s')).toBe('Started');
  });

  it('resets mappings, scenarios and what other rooms hang on', async () => {
    const seen: string[] = [];
    server.app.get(ResetHooks, { strict: false }).add(id => void seen.push(id));
    states.set(defaultId, 's', 'two');
    const answer = await server.call('POST /reset');
    expect([answer.status, answer.text, seen, stateOf('s')]).toEqual([200, '', [defaultId], 'Started']);
    expect(urlsOf(await server.call('GET /mappings'))).toEqual([]);
  });

  it('keeps WireMock’s global settings for each workspace', async () => {
    expect((await server.call('GET /settings')).json).toEqual({ settings: { proxyPassThrough: false } });
    expect((await server.call('POST /settings', { body: { fixedDelay: 300 } })).status).toBe(200);
    expect((await server.call('GET /settings')).json.settings).toMatchObject({ fixedDelay: 300 });
    await server.call('POST /settings', { body: {} });
    expect((await server.call('GET /settings')).json.settings).not.toHaveProperty('fixedDelay');
  });

  it('keeps them when the workspace gets other settings, and serves by them', async () => {
    await server.call('POST /settings', { body: { fixedDelay: 300, proxyPassThrough: true } });
    await server.call('PUT /workspaces/default/settings', { body: { fallbacks: [], cors: false } });
    expect((await server.call('GET /settings')).json.settings).toEqual({ fixedDelay: 300, proxyPassThrough: true });
    const delay = (): unknown => server.app.get(WorkspaceDirectory, { strict: false }).bySlug('default')?.fixedDelayMs;
    expect(delay()).toBe(300);
    await server.call('POST /settings', { body: {} });
    expect(delay()).toBeUndefined();
  });
});
