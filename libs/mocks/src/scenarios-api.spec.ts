import { emptyStorage, type EmptyStorage } from '../../../test/support/databases';
import { aMapping, MocksTestApp, urlsOf } from '../../../test/support/mocks-test-app';
import { WorkspaceDirectory } from '@mock-server/workspaces';
import { requestFrom } from '@mock-server/engine';
import { ResetHooks, ScenarioStates } from './index';

const defaultId = '00000000-0000-4000-8000-000000000000';

describe('scenarios, settings and reset', () => {
  let storage: EmptyStorage;
  let server: MocksTestApp;
  let states: ScenarioStates;

  beforeAll(async () => {
    storage = await emptyStorage('sqlite');
    server = await MocksTestApp.start({ database: storage.database, dataDir: storage.folder });
    states = server.app.get(ScenarioStates, { strict: false });
  });

  afterAll(async () => {
    await server?.close();
    await storage?.remove();
  });

  const step = (changes: object): Promise<unknown> =>
    server.call('POST /mappings', { body: aMapping({ scenarioName: 's', ...changes }) });
  const stateOf = async (name: string): Promise<unknown> => {
    const { json } = await server.call('GET /scenarios');
    return json.scenarios.find((scenario: { name: string }) => scenario.name === name)?.state;
  };
  const move = (): unknown => states.take(defaultId, server.catalog.catalogOf(defaultId)!, requestFrom({ url: '/a' }));

  beforeEach(async () => {
    await server.call('DELETE /mappings');
    await server.call('POST /scenarios/reset');
    await step({ requiredScenarioState: 'Started', newScenarioState: 'two' });
    await step({ requiredScenarioState: 'two' });
  });

  it('lists each with its state, possible states and mappings, oldest first', async () => {
    await move();
    const { json } = await server.call('GET /scenarios');
    expect(json.scenarios).toMatchObject([{ id: 's', name: 's', state: 'two', possibleStates: ['Started', 'two'] }]);
    expect(
      json.scenarios[0].mappings.map((mapping: { requiredScenarioState: string }) => mapping.requiredScenarioState),
    ).toEqual(['Started', 'two']);
  });

  it('sets a state that a mock names, and no other', async () => {
    expect((await server.call('PUT /scenarios/s/state', { body: { state: 'two' } })).status).toBe(200);
    expect(await stateOf('s')).toBe('two');
    for (const body of [{ state: 'nowhere' }, {}])
      expect(await server.call('PUT /scenarios/s/state', { body })).toMatchObject({
        status: 422,
        json: { errors: [{ code: 11, title: `Scenario s does not support state ${body.state ?? 'null'}` }] },
      });
    expect((await server.call('PUT /scenarios/s/state', { body: { state: 'two', foo: 1 } })).status).toBe(400);
    expect((await server.call('PUT /scenarios/s/state')).status).toBe(200);
    expect(await stateOf('s')).toBe('Started');
    expect(await server.call('PUT /scenarios/unknown/state', { body: { state: 'Started' } })).toMatchObject({
      status: 404,
      json: { errors: [{ code: 404, title: 'Scenario unknown does not exist' }] },
    });
  });

  it('resets all, and answers with an empty object', async () => {
    await move();
    const answer = await server.call('POST /scenarios/reset');
    expect([answer.status, answer.json, await stateOf('s')]).toEqual([200, {}, 'Started']);
  });

  it('forgets the state of a scenario that no mock names any more', async () => {
    await move();
    await server.call('DELETE /mappings');
    await step({ requiredScenarioState: 'Started' });
    expect(await stateOf('s')).toBe('Started');
  });

  it('keeps the state while one mock names the scenario', async () => {
    await move();
    await step({ id: '11111111-0000-4000-8000-000000000001', requiredScenarioState: 'two' });
    await server.call('DELETE /mappings/11111111-0000-4000-8000-000000000001');
    expect(await stateOf('s')).toBe('two');
  });

  it('shows the instances of a scenario with a key, sets one, and resets one or all', async () => {
    const keyed = { scenarioName: 'cart', scenarioKey: 'request.query.user' };
    await step({ ...keyed, requiredScenarioState: 'Started', newScenarioState: 'full', request: { urlPath: '/cart' } });
    const cart = async (): Promise<unknown> => {
      const { json } = await server.call('GET /scenarios');
      const { state, instances, instanceCount } = json.scenarios.find(({ name }: { name: string }) => name === 'cart');
      return { state, instances, instanceCount };
    };
    const visit = (url: string): unknown =>
      states.take(defaultId, server.catalog.catalogOf(defaultId)!, requestFrom({ url }));
    for (const user of ['ann', 'bob']) visit(`/cart?user=${user}`);
    expect(await cart()).toEqual({
      state: 'Started',
      instances: [
        { key: 'ann', state: 'full' },
        { key: 'bob', state: 'full' },
      ],
      instanceCount: 2,
    });
    await server.call('PUT /scenarios/cart/state', { body: { key: 'ann' } });
    await server.call('PUT /scenarios/cart/state', { body: { key: 'cid', state: 'full' } });
    expect(await cart()).toMatchObject({ instances: [{ key: 'bob' }, { key: 'cid' }] });
    await server.call('PUT /scenarios/cart/state');
    expect(await cart()).toEqual({ state: 'Started', instances: [], instanceCount: 0 });
    visit('/cart?user=dan');
    await server.call('POST /scenarios/reset');
    expect(await cart()).toMatchObject({ instanceCount: 0 });
  });

  it('resets mappings, scenarios and what other rooms hang on', async () => {
    const seen: string[] = [];
    server.app.get(ResetHooks, { strict: false }).add(id => void seen.push(id));
    await move();
    const answer = await server.call('POST /reset');
    expect([answer.status, answer.text, seen, await stateOf('s')]).toEqual([200, '', [defaultId], undefined]);
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
