import { type CatalogMock } from './catalog-mock';
import { type MockRequest } from './mock-request';
import { type NearMiss } from './near-miss';
import { type ScenarioView } from './scenario';

/** Compiled mocks as whoever answers requests sees them: those of a workspace, or with those of a session on top. */
export interface CatalogView {
  /** Stored mocks, enabled or not. */
  readonly size: number;
  /** Mocks that are served. */
  readonly active: number;
  /** Whether some mock passes its requests on, so that a request's body may be of no use here. */
  readonly hasProxied: boolean;
  /** Whether some mock belongs to a scenario. */
  readonly hasScenarios: boolean;
  get(id: string): CatalogMock | undefined;
  mocks(): IterableIterator<CatalogMock>;
  /** The mock that answers. */
  find(request: MockRequest, state: ScenarioView): CatalogMock | undefined;
  /** All mocks that take the request, whatever the state of their scenarios, the first in order first. */
  matching(request: MockRequest): CatalogMock[];
  /** Whether the answer may depend on the body. */
  wantsBody(request: MockRequest): boolean;
  /** The closest mocks, closest first, with the conditions that failed. */
  nearest(request: MockRequest, limit: number, state: ScenarioView): NearMiss[];
  /** Scenario names with their mocks. */
  scenarios(): ReadonlyMap<string, ReadonlySet<CatalogMock>>;
  /** Resource names with their mocks. */
  resources(): ReadonlyMap<string, ReadonlySet<CatalogMock>>;
}
