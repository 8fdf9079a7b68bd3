import { scenarioStart, type ScenarioStep, type ScenarioView } from '@mock-server/engine';
import { Injectable } from '@nestjs/common';

/** The state of each scenario of each workspace, in memory. Reading and stepping are synchronous, so no two requests take one step. */
@Injectable()
export class ScenarioStates {
  private readonly workspaces = new Map<string, WorkspaceScenarios>();

  viewOf(workspaceId: string): ScenarioView {
    return this.scenariosOf(workspaceId);
  }

  /** A mock that was picked moves its scenario. */
  step(workspaceId: string, step: ScenarioStep | undefined): void {
    if (step?.newState !== undefined) this.scenariosOf(workspaceId).states.set(step.name, step.newState);
  }

  set(workspaceId: string, name: string, state: string): void {
    this.scenariosOf(workspaceId).states.set(name, state);
  }

  /** All of them, or one, back to `Started`. */
  reset(workspaceId: string, name?: string): void {
    if (name === undefined) this.scenariosOf(workspaceId).states.clear();
    else this.scenariosOf(workspaceId).states.delete(name);
  }

  /** The state of a scenario that no mock names any more is forgotten, as in WireMock. */
  keepOnly(workspaceId: string, isNamed: (name: string) => boolean): void {
    const states = this.workspaces.get(workspaceId)?.states;
    for (const name of states?.keys() ?? []) if (!isNamed(name)) states?.delete(name);
  }

  private scenariosOf(workspaceId: string): WorkspaceScenarios {
    let scenarios = this.workspaces.get(workspaceId);
    if (scenarios === undefined) this.workspaces.set(workspaceId, (scenarios = new WorkspaceScenarios()));
    return scenarios;
  }
}

class WorkspaceScenarios implements ScenarioView {
  readonly states = new Map<string, string>();

  stateOf(name: string): string {
    return this.states.get(name) ?? scenarioStart;
  }
}
