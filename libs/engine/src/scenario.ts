import { type MockRequest } from './mock-request';
import { type ScenarioKey } from './scenario-key';

/** Every scenario starts here (WireMock's `Scenario.STARTED`). */
export const scenarioStart = 'Started';

/** The instance of requests that a scenario does not tell apart. */
export const commonInstance = '';

/** What a mock asks of its scenario, and where it moves it. */
export interface ScenarioStep {
  readonly name: string;
  readonly requiredState: string | undefined;
  readonly newState: string | undefined;
  /** Undefined: one instance for all requests. */
  readonly key: ScenarioKey | undefined;
}

/** Reads scenario states by name and instance; what never moved is at `Started`. */
export interface ScenarioView {
  stateOf(name: string, instance: string): string;
}

/** A view of scenarios that have never moved. */
export const freshScenarios: ScenarioView = { stateOf: () => scenarioStart };

/** Which instance of its scenario a request is about. */
export function instanceOf({ key }: ScenarioStep, request: MockRequest): string {
  return key === undefined ? commonInstance : key.read(request);
}

export function isInState(step: ScenarioStep, request: MockRequest, view: ScenarioView): boolean {
  return step.requiredState === undefined || view.stateOf(step.name, instanceOf(step, request)) === step.requiredState;
}
