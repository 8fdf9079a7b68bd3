import {
  commonInstance,
  freshScenarios,
  instanceOf,
  scenarioStart,
  type CatalogMock,
  type CatalogView,
  type MockRequest,
  type NearMiss,
  type ScenarioView,
} from '@mock-server/engine';
import { Inject, Injectable } from '@nestjs/common';
import { STATE_STORE, type Awaitable, type StateChange, type StateStore, type StateView } from './state-store';

/** One instance of a scenario, and where it is. */
export interface ScenarioInstance {
  readonly scenario: string;
  readonly instance: string;
}

/** Where scenarios are. Finding a mock and moving its scenario is one step of the store, so no two requests take one transition. */
@Injectable()
export class ScenarioStates {
  constructor(@Inject(STATE_STORE) private readonly store: StateStore) {}

  /** The mock that answers; nothing moves. */
  find(workspaceId: string, catalog: CatalogView, request: MockRequest): Awaitable<CatalogMock | undefined> {
    return this.read(workspaceId, catalog, view => catalog.find(request, view));
  }

  /** The mock that answers; its scenario moves on. Known at once where no scenario has a say. */
  take(workspaceId: string, catalog: CatalogView, request: MockRequest): Awaitable<CatalogMock | undefined> {
    if (!catalog.hasScenarios) return catalog.find(request, freshScenarios);
    return this.store.transact(workspaceId, state => {
      const mock = catalog.find(request, new ScenarioPlaces(state));
      return { result: mock, changes: mock === undefined ? noChanges : moveOf(mock, request) };
    });
  }

  nearest(
    workspaceId: string,
    catalog: CatalogView,
    question: { readonly request: MockRequest; readonly limit: number },
  ): Awaitable<NearMiss[]> {
    return this.read(workspaceId, catalog, view => catalog.nearest(question.request, question.limit, view));
  }

  /** The states of all scenarios that moved, instances apart. */
  places(workspaceId: string): Awaitable<readonly (ScenarioInstance & { readonly state: string })[]> {
    return this.store.transact(workspaceId, state => ({
      result: [
        ...state.entries('scenarios').map(([key, value]) => placeAt(key, commonInstance, value)),
        ...state.entries('instances').map(([key, value]) => placeAt(...namesOf(key), value)),
      ],
      changes: noChanges,
    }));
  }

  set(workspaceId: string, place: ScenarioInstance, state: string): Awaitable<void> {
    return this.store.transact(workspaceId, () => ({ result: undefined, changes: [moveTo(place, state)] }));
  }

  /** All instances of one scenario, or of all of them, back to `Started`. */
  reset(workspaceId: string, scenario?: string): Awaitable<void> {
    if (scenario !== undefined)
      return this.store.transact(workspaceId, state => ({
        result: undefined,
        changes: forgetting(state, name => name === scenario),
      }));
    return this.store.transact(workspaceId, () => ({
      result: undefined,
      changes: [
        { kind: 'clear', table: 'scenarios' },
        { kind: 'clear', table: 'instances' },
      ],
    }));
  }

  private read<T>(workspaceId: string, catalog: CatalogView, look: (view: ScenarioView) => T): Awaitable<T> {
    if (!catalog.hasScenarios) return look(freshScenarios);
    return this.store.transact(workspaceId, state => ({ result: look(new ScenarioPlaces(state)), changes: noChanges }));
  }
}

const noChanges: readonly StateChange[] = [];

/** The state of a scenario that no mock names any more is forgotten, as in WireMock. */
export function scenariosGone(state: StateView, isNamed: (scenario: string) => boolean): StateChange[] {
  return forgetting(state, name => !isNamed(name));
}

function forgetting(state: StateView, isMeant: (scenario: string) => boolean): StateChange[] {
  const scenarios = state.entries('scenarios').filter(([key]) => isMeant(key));
  const instances = state.entries('instances').filter(([key]) => isMeant(namesOf(key)[0]));
  return [
    ...scenarios.map(([key]) => ({ kind: 'delete', table: 'scenarios', key }) as const),
    ...instances.map(([key]) => ({ kind: 'delete', table: 'instances', key }) as const),
  ];
}

class ScenarioPlaces implements ScenarioView {
  constructor(private readonly state: StateView) {}

  stateOf(scenario: string, instance: string): string {
    const kept =
      instance === commonInstance
        ? this.state.get('scenarios', scenario)
        : this.state.get('instances', instanceKey(scenario, instance));
    return typeof kept === 'string' ? kept : scenarioStart;
  }
}

function moveOf({ scenario }: CatalogMock, request: MockRequest): readonly StateChange[] {
  if (scenario?.newState === undefined) return noChanges;
  return [moveTo({ scenario: scenario.name, instance: instanceOf(scenario, request) }, scenario.newState)];
}

/** What is at `Started` needs no place: only instances that moved count. */
function moveTo({ scenario, instance }: ScenarioInstance, state: string): StateChange {
  const place =
    instance === commonInstance
      ? ({ table: 'scenarios', key: scenario } as const)
      : ({ table: 'instances', key: instanceKey(scenario, instance) } as const);
  return state === scenarioStart ? { kind: 'delete', ...place } : { kind: 'set', ...place, value: state };
}

/** The length first, so that no scenario and instance read as two others. */
function instanceKey(scenario: string, instance: string): string {
  return `${scenario.length}:${scenario}${instance}`;
}

function namesOf(key: string): [scenario: string, instance: string] {
  const colon = key.indexOf(':');
  const end = colon + 1 + Number(key.slice(0, colon));
  return [key.slice(colon + 1, end), key.slice(end)];
}

function placeAt(scenario: string, instance: string, state: unknown): ScenarioInstance & { readonly state: string } {
  return { scenario, instance, state: String(state) };
}
