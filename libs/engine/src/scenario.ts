/** Every scenario starts here (WireMock's `Scenario.STARTED`). */
export const scenarioStart = 'Started';

/** Reads scenario states; unknown scenarios are at `Started`. */
export interface ScenarioView {
  stateOf(name: string): string;
}

/** A view of scenarios that have never moved. */
export const freshScenarios: ScenarioView = { stateOf: () => scenarioStart };
